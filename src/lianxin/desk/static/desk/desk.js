// The keyboard, the selected row, live news, and small conveniences of the desks.  Every page works without it.
"use strict";

const $ = (selector, from = document) => from.querySelector(selector);
const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
const typing = (node) => node && node.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

// ---- keys: one table ---------------------------------------------------------------------------
const PLACES = { d: "/", s: "/register/", j: "/search/", w: "/me/" };
const SINGLE = {
  "/": () => $("#search")?.offsetParent ? $("#search").focus() : location.assign("/search/"),
  "?": () => $("#keymap").showModal(),
  j: () => step(1),
  k: () => step(-1),
  "[": () => tab(-1),
  "]": () => tab(1),
  g: () => { waiting = true; setTimeout(() => { waiting = false; }, 1500); },
  Enter: () => selected() && open(selected()),
};
let waiting = false;
const singleKeys = () => localStorage.getItem("lx-single-keys") !== "off";

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest("form[data-primary-form]") || $("form[data-primary-form]");
    if (form) { event.preventDefault(); form.requestSubmit(); }
    return;
  }
  if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
  if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target) || $("dialog[open]")) return;
  if (event.key !== "F2" && !singleKeys()) return;
  if (waiting && PLACES[event.key.toLowerCase()]) { waiting = false; location.assign(PLACES[event.key.toLowerCase()]); return; }
  if (event.key === "Enter" && event.target.matches("a, button, summary")) return;
  const own = $$(`[data-key="${CSS.escape(event.key.toUpperCase())}"]`).find((node) => node.offsetParent);
  const act = SINGLE[event.key] || (own && (() => own.click()));
  if (act) { event.preventDefault(); act(); }
});

// ---- the selected row: moved by keys, never by news ----------------------------------------------
const rows = () => $$("[data-row]");
const selected = () => $("[data-row][aria-selected=true]");
const open = (row) => { location.assign($("a.lx-open", row).href); };

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(selected());
  select(all[Math.min(Math.max(at + by, 0), all.length - 1)], true);
}

function select(row, focus) {
  rows().forEach((other) => other.setAttribute("aria-selected", other === row));
  sessionStorage.setItem("lx-row", row.id);
  if (focus) { $("a.lx-open", row).focus({ preventScroll: true }); row.scrollIntoView({ block: "nearest" }); }
  preview(row);
}

const beside = () => { const pane = $("#preview"); return pane && pane.offsetParent ? pane : null; };
let soon = 0;
function preview(row) {
  const pane = beside();
  if (!pane || !row.dataset.preview) return;
  clearTimeout(soon);
  soon = setTimeout(() => htmx.ajax("GET", row.dataset.preview, { target: pane, swap: "innerHTML" }), 120);
}

// The tab of the open queue may lie beyond the edge: on a phone there is room for four.
function showTab() {
  const tabs = $(".lx-tabs");
  const here = $(".lx-tabs [aria-current]");
  if (here) tabs.scrollLeft = here.offsetLeft - (tabs.clientWidth - here.offsetWidth) / 2;
}
showTab();

function tab(by) {
  const tabs = $$(".lx-tabs a");
  const next = tabs[tabs.findIndex((node) => node.hasAttribute("aria-current")) + by];
  if (next) next.click();
}

document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row]");
  if (row && !event.target.closest("a, button, form")) {
    // Where there is no room for the pane that shows the order beside its row, a touch of the row opens it.
    const link = $("a.lx-open", row);
    if (link && $("#preview") && !beside() && !String(getSelection())) open(row); else select(row, false);
  }
  if (event.target.closest("[data-keymap]")) $("#keymap").showModal();
  $$(".lx-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
document.addEventListener("focusin", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (row && row !== selected()) select(row, false);
});

// ---- live news: the page fetches its own counts and queue; focus and selection stay -----------------
// However much happens, a page asks at most every 4 seconds, one that nobody sees every 30; pages do not ask at once.
const PAUSE = 4000;
const UNSEEN = 30000;
let asked = 0;
let due = 0;
function news() {
  if (due) return;
  const pause = document.hidden ? UNSEEN : PAUSE;
  const wait = Math.max(asked + pause - Date.now(), 0) + 100 + Math.random() * 400;
  due = setTimeout(ask, wait);
}
function ask() {
  clearTimeout(due);
  due = 0;
  asked = Date.now();
  document.body.dispatchEvent(new Event("lx-news"));
}
document.addEventListener("visibilitychange", () => { if (!document.hidden && due) ask(); });

function listen(live) {
  const post = document.body.dataset.post;
  try {
    const worker = new SharedWorker(document.body.dataset.stream, "lx-stream");
    const say = (message) => worker.port.postMessage(message);
    worker.port.onmessage = news;
    say({ listen: post, address: live });
    addEventListener("pagehide", () => say({}));
    addEventListener("pageshow", (event) => { if (event.persisted) { say({ listen: post, address: live }); news(); } });
  } catch (none) {
    // Phones have no shared worker: there a stream of its own for the page that is seen.
    let source = null;
    let greeted = false;
    const open = () => {
      if (source || document.hidden) return;
      source = new EventSource(live);
      source.addEventListener("news", news);
      source.addEventListener("resync", () => { if (greeted) news(); greeted = true; });
    };
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && source) { source.close(); source = null; }
      open();
    });
    open();
  }
}
const live = document.body.dataset.live;
if (live) {
  listen(live);
  // Clocks turn yellow and red without any news.
  if ($("#queue")) setInterval(() => { if (!document.hidden) ask(); }, 60000);
}
// The title says what waits, so that a tab in the background says it too.
function retitle() {
  const badge = $("#rail-count");
  if (!badge) return;
  const shown = badge.hidden ? "" : `(${badge.firstChild.data}) `;
  document.title = shown + document.title.replace(/^\(\d+\+?\) /, "");
}
document.addEventListener("htmx:oobAfterSwap", retitle);
document.addEventListener("toggle", (event) => {
  if (event.target.id === "bell" && event.target.open) htmx.trigger($(".lx-pop", event.target), "lx-open");
}, true);
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "queue") return;
  showTab();
  const kept = document.getElementById(sessionStorage.getItem("lx-row") || "");
  if (kept) kept.setAttribute("aria-selected", "true");
  const news = $("#news");
  if (news) news.textContent = `${new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" })} 队列已更新`;
});

const fleeting = $$("[data-fleeting]");
if (fleeting.length) {
  let left = 30;
  const timer = setInterval(() => {
    left -= 1;
    $$("[data-seconds]").forEach((node) => { node.textContent = left; });
    if (left <= 0) { clearInterval(timer); fleeting.forEach((node) => { node.textContent = "已隐藏"; }); }
  }, 1000);
}

const singles = $("[data-single-keys]");
if (singles) {
  singles.checked = singleKeys();
  singles.addEventListener("change", () => localStorage.setItem("lx-single-keys", singles.checked ? "on" : "off"));
}

const start = document.getElementById(sessionStorage.getItem("lx-row") || "") || rows()[0];
if (start && $("#preview")) select(start, false);
const first = $("[autofocus]");
if (first) (first.type === "radio" && $(`input[name="${first.name}"]:checked`) || first).focus();
