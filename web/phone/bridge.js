// What WeChat's browser gives to the pages it shows: `WeixinJSBridge`. Here it asks the phone around the page.
(() => {
  if (window.parent === window) return;
  const waiting = new Map();
  let last = 0;
  const tell = (message) => window.parent.postMessage(message, location.origin);
  addEventListener("message", ({ source, origin, data }) => {
    if (source !== window.parent || origin !== location.origin || data?.type !== "paid") return;
    waiting.get(data.id)?.({ err_msg: `get_brand_wcpay_request:${data.outcome}` });
    waiting.delete(data.id);
  });
  window.WeixinJSBridge = {
    invoke(name, params, callback = () => {}) {
      if (name === "closeWindow") return tell({ type: "close" });
      if (name !== "getBrandWCPayRequest") return callback({ err_msg: `${name}:fail` });
      last += 1;
      waiting.set(last, callback);
      return tell({ type: "pay", id: last, params });
    },
    call(name) {
      if (name === "closeWindow") tell({ type: "close" });
    },
    on() {},
  };
  addEventListener("DOMContentLoaded", () => {
    tell({ type: "title", params: document.title });
    document.dispatchEvent(new Event("WeixinJSBridgeReady"));
  });
})();
