// The telephone says where it is.  Without scripts, or without a position, it is typed, and proves nothing.
"use strict";

(() => {
  const WAIT = 20000;
  const TYPED = "位置是手工填写的，不能证实到场，由督办员核实。";
  const WHY = {
    1: "没有允许本页取定位：请在手机或浏览器的设置里允许后再取；也可以手工填写，不能证实到场。",
    2: "手机现在定不了位：请到开阔处再取；也可以手工填写，不能证实到场。",
    3: "等候定位超时：请到开阔处再取；也可以手工填写，不能证实到场。",
  };
  const part = (box, name) => box.querySelector(`[name$="_${name}"]`);
  const fill = (box, name, value) => {
    const field = part(box, name);
    field.value = value;
    // The draft keeps it as if it had been typed.
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  function say(box, text) { box.querySelector("[data-located]").textContent = text; }

  function found(box, at) {
    const { longitude, latitude, accuracy } = at.coords;
    box.filling = true;
    fill(box, "longitude", longitude.toFixed(6));
    fill(box, "latitude", latitude.toFixed(6));
    fill(box, "accuracy", String(Math.ceil(accuracy)));
    fill(box, "taken_at", new Date(at.timestamp).toISOString());
    part(box, "datum").value = "wgs84";
    box.filling = false;
    box.classList.add("lx-by-phone");
    say(box, `已取得手机定位，误差 ${Math.ceil(accuracy)} 米。`);
  }
  function locate(box, button) {
    button.disabled = true;
    say(box, "正在取定位……");
    const done = (then) => (answer) => { button.disabled = false; then(answer); };
    navigator.geolocation.getCurrentPosition(
      done((at) => found(box, at)),
      done((error) => say(box, WHY[error.code] || WHY[2])),
      { enableHighAccuracy: true, timeout: WAIT, maximumAge: 0 },
    );
  }
  function ready(from) {
    [...from.querySelectorAll("[data-position]")].forEach((box) => {
      if (!window.isSecureContext) {
        say(box, "本页不是 https 打开的，浏览器不给定位；可以手工填写，不能证实到场，由督办员核实。");
      } else if (!("geolocation" in navigator)) {
        say(box, "这个浏览器没有定位功能；可以手工填写，不能证实到场，由督办员核实。");
      } else {
        box.querySelector("[data-locate]").hidden = false;
        const kept = part(box, "taken_at").value;
        box.classList.toggle("lx-by-phone", Boolean(kept));
        say(box, kept ? "手机定位是先前取的，登记前请再取一次。" : "到现场后点“取手机定位”，定位只用于核对是否到场。");
      }
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-locate]");
    if (button) locate(button.closest("[data-position]"), button);
  });
  // What is changed by hand is no device's word any more.
  document.addEventListener("input", (event) => {
    const box = event.target.closest("[data-position]");
    if (!box || box.filling || event.target.name.endsWith("_taken_at")) return;
    part(box, "taken_at").value = "";
    box.classList.remove("lx-by-phone");
    say(box, TYPED);
  });
  document.addEventListener("htmx:load", (event) => ready(event.target));
  ready(document);
})();
