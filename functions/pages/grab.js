(() => {
  "use strict";
  // Without this script the form is simply sent and answered with a page.
  const $ = (id) => document.getElementById(id);
  const hint = $("hint"), button = $("grab");

  $("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    hint.classList.remove("bad");
    hint.textContent = hint.dataset.busy;
    let answer;
    try {
      answer = await (await fetch(location.pathname, { method: "POST", headers: { Accept: "application/json" } })).json();
    } catch {
      button.disabled = false;
      hint.classList.add("bad");
      hint.textContent = hint.dataset.offline;
      return;
    }
    document.querySelector("main").hidden = true;
    $("box").classList.add(answer.ok ? "happy" : "calm");
    $("icon").textContent = answer.ok ? "✓" : "!";
    $("title").textContent = answer.ok ? $("title").dataset.won : $("title").dataset.lost;
    $("text").textContent = answer.message;
    $("result").hidden = false;
  });
})();
