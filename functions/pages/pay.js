(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const button = $("pay"), hint = $("hint"), left = $("left");
  const inWeChat = /MicroMessenger/i.test(navigator.userAgent) || "WeixinJSBridge" in window;

  const say = (what, bad = false) => {
    hint.textContent = hint.dataset[what] || what;
    hint.classList.toggle("bad", bad);
  };

  const count = () => {
    const seconds = Math.max(0, left.dataset.until - Math.floor(Date.now() / 1000));
    left.textContent = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
    if (seconds > 0) setTimeout(count, 1000 - (Date.now() % 1000));
    else location.reload();
  };

  const bridge = () => new Promise((ready) => {
    if ("WeixinJSBridge" in window) ready(window.WeixinJSBridge);
    else document.addEventListener("WeixinJSBridgeReady", () => ready(window.WeixinJSBridge), { once: true });
  });

  // The notice of the payment may come a moment after the pay sheet has closed.
  const arrived = async (tries = 20) => {
    try {
      const answer = await (await fetch(location.pathname, { headers: { Accept: "application/json" } })).json();
      if (answer.paid) {
        $("bill").hidden = true;
        $("paid").hidden = false;
        return;
      }
    } catch { /* asked again below */ }
    if (tries > 0) setTimeout(() => arrived(tries - 1), 1500);
    else button.disabled = false;
  };

  const pay = async () => {
    button.disabled = true;
    say("busy");
    let answer, params;
    try {
      answer = await fetch(location.pathname, { method: "POST", headers: { Accept: "application/json" } });
      params = await answer.json();
    } catch {
      button.disabled = false;
      return say("offline", true);
    }
    if (!answer.ok) {
      button.disabled = false;
      return say(params.error.message, true);
    }
    (await bridge()).invoke("getBrandWCPayRequest", params, (result) => {
      if (result.err_msg === "get_brand_wcpay_request:ok") {
        say("waiting");
        arrived();
      } else {
        button.disabled = false;
        say(result.err_msg === "get_brand_wcpay_request:cancel" ? "cancelled" : "failed", true);
      }
    });
  };

  count();
  button.addEventListener("click", pay);
  if (!inWeChat) {
    button.disabled = true;
    say("outside");
    // Some clients put the bridge in place only after the page has loaded.
    bridge().then(() => { button.disabled = false; say(""); });
  }
})();
