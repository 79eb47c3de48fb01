// Forms: kept while they are typed, sent once, picked by sound.  Every form works without it.
"use strict";

(() => {
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const primary = () => one("form[data-keep]");
  const SAVE_AFTER = 800;
  const AGAIN_AFTER = 4000;

  // ---- what the form says about itself -----------------------------------------------------------
  function say(text, urgent) {
    const line = one("#kept");
    if (!line) return;
    line.hidden = !text;
    line.textContent = text;
    line.classList.toggle("lx-refusal", Boolean(urgent));
  }
  const clock = () => new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  // The token of the present sign-in: the page's own is older where somebody signed in since.
  const token = () => (document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/) || [])[1];
  function freshen(form) {
    const field = form && one("input[name=csrfmiddlewaretoken]", form);
    if (field && token()) field.value = token();
  }
  async function post(url, body, more) {
    return fetch(url, {
      method: "POST", body, credentials: "same-origin", redirect: "manual",
      headers: { "X-CSRFToken": token() || "", "HX-Request": "true" }, ...more,
    });
  }

  // ---- drafts: on the server while there is one, in memory while there is not -----------------------
  let due = 0;
  let dirty = false;
  let sending = false;
  let saving = null;
  function typed(form) {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    return body;
  }
  async function save() {
    const form = primary();
    clearTimeout(due);
    if (!form || !dirty || sending) return;
    dirty = false;
    saving = new AbortController();
    try {
      const answer = await post(form.dataset.keep, typed(form), { signal: saving.signal });
      if (answer.status === 204) say(`草稿已存 ${clock()}`);
      // Without a session, or without the cookies of one.
      else if (answer.status === 401 || answer.status === 403 || answer.type === "opaqueredirect") ended();
      else if (answer.status === 409) say("已有其他人在此登录，本页的内容不会记到他名下；请先抄存，再换回您的账号。", true);
      else if (answer.status === 413) say("内容过长，草稿没有存下；请分次填写，提交前不要关闭本页。", true);
      else later();
    } catch (error) {
      if (error.name !== "AbortError") later();
    } finally {
      saving = null;
    }
  }
  function ended() {
    dirty = true;
    say("登录已失效，内容还在本页，没有丢失。", true);
    const link = document.createElement("a");
    link.href = "/login/";
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = "在新窗口重新登录";
    one("#kept").append(link, "，登录后会自动保存。");
    due = setTimeout(save, AGAIN_AFTER);
  }
  function later() {
    dirty = true;
    say("连接中断，内容暂存在本页内存中，恢复后自动保存；请不要关闭或刷新本页。", true);
    due = setTimeout(save, AGAIN_AFTER);
  }
  function changed(event) {
    if (!event.target.closest || !event.target.closest("form[data-keep]")) return;
    dirty = true;
    clearTimeout(due);
    due = setTimeout(save, SAVE_AFTER);
  }
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);
  addEventListener("online", () => { if (pending) pending(); else save(); });
  // Leaving by a link: what was typed in the last moment goes too.
  addEventListener("pagehide", () => {
    const form = primary();
    if (form && dirty && !sending) post(form.dataset.keep, typed(form), { keepalive: true }).catch(() => {});
    if (form && form.dataset.here) presence(form, true);
  });

  // ---- 某某正在处理 ------------------------------------------------------------------------------------
  async function presence(form, gone) {
    const body = new URLSearchParams({ number: form.dataset.number, action: form.dataset.action });
    if (gone) body.append("gone", "1");
    try {
      const answer = await post(form.dataset.here, body, { keepalive: Boolean(gone) });
      if (answer.status !== 200) return;
      const { others } = await answer.json();
      const line = one("#busy");
      if (!line) return;
      line.hidden = !others;
      one("b", line).textContent = others;
    } catch (error) { /* without connection nobody is told; the next sign will */ }
  }
  setInterval(() => {
    const form = one("form[data-here]");
    if (form && !document.hidden) presence(form);
  }, 30000);

  // ---- standard phrases: into the text that was last in hand, else the first ------------------------------
  const TEXTS = "textarea, input[name^=answers]";
  let inHand = null;
  document.addEventListener("focusin", (event) => { if (event.target.matches(TEXTS)) inHand = event.target; });
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-phrase]");
    if (!button) return;
    const form = button.closest("form");
    const field = inHand && inHand.form === form && inHand.offsetParent ? inHand : all(TEXTS, form).find((node) => node.offsetParent);
    if (!field) return;
    const at = field.selectionEnd === null ? field.value.length : field.selectionEnd;
    field.setRangeText(button.dataset.text, field.selectionStart === null ? at : field.selectionStart, at, "end");
    const used = form.elements.phrases;
    used.value = used.value ? `${used.value},${button.dataset.phrase}` : button.dataset.phrase;
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // ---- sending: once, again when the connection is back, and the answer in place -----------------------
  let pending = null;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-again")) return;
    freshen(form);
    if (form.dataset.sent) { event.preventDefault(); return; }
    const button = event.submitter;
    const undo = (button && button.dataset.undo) || form.dataset.undo;
    if (undo) { event.preventDefault(); wait(form, button, undo); return; }
    if (!form.hasAttribute("data-keep")) {
      // Sent twice it would be done once all the same (idempotency key); this only spares the second trip.
      form.dataset.sent = "1";
      // Whoever waits may ask how far it is; htmx itself would keep a form whose "submit" it hears.
      form.dispatchEvent(new CustomEvent("lx-sent"));
      return;
    }
    event.preventDefault();
    if (form.dataset.final && !form.dataset.sure) confirm(form, button);
    else send(form, button);
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

  async function send(form, button) {
    const body = new FormData(form);
    if (button && button.name) body.append(button.name, button.value);
    unsent(form, body);
    body.set("csrfmiddlewaretoken", token() || body.get("csrfmiddlewaretoken"));
    if (saving) saving.abort();
    clearTimeout(due);
    sending = true;
    form.dataset.sent = "1";
    say("正在提交……");
    const again = (sentence) => {
      sending = false;
      dirty = true;
      delete form.dataset.sent;
      say(sentence, true);
      pending = () => { pending = null; clearTimeout(due); send(form, button); };
      due = setTimeout(() => pending && pending(), AGAIN_AFTER);
    };
    let answer;
    try {
      answer = await fetch(form.action, { method: "POST", body: form.enctype.startsWith("multipart") ? body : new URLSearchParams(body), credentials: "same-origin", headers: { "X-Form": "1" } });
    } catch (error) {
      again("连接中断，没有送达；内容在本页内存中，恢复后自动提交，只会办理一次。请不要关闭本页。");
      return;
    }
    if (answer.status === 503 || answer.status === 502) { again("系统正在恢复，恢复后自动提交，只会办理一次。请不要关闭本页。"); return; }
    pending = null;
    dirty = false;
    if (answer.ok && answer.headers.get("X-Goto")) { location.assign(answer.headers.get("X-Goto")); return; }
    if (answer.ok && answer.redirected) { location.assign(answer.url); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    sending = false;
    delete form.dataset.sent;
    if (answer.status >= 500 || answer.status === 400) {
      dirty = true;
      say(`${(one("h1", page) || {}).textContent || "系统出错"}：内容还在本页。请稍候再提交，只会办理一次；仍然不行请联系系统管理员。`, true);
      return;
    }
    take(page);
  }

  // The answer's main part takes the place of this page's; chosen files and a number shown stay.
  function take(page) {
    const fresh = one("#main", page);
    if (!fresh) { document.body.replaceWith(document.adoptNode(page.body)); return; }
    const main = one("#main");
    const files = all("input[type=file]", main).filter((field) => field.files.length);
    const stays = all("[data-stays]", main);
    const unasked = folded(main);
    document.adoptNode(fresh);
    while (main.firstChild) main.firstChild.remove();
    main.append(...fresh.childNodes);
    document.title = page.title || document.title;
    files.forEach((old) => {
      const place = one(`input[type=file][name="${old.name}"]`, main);
      if (!place) return;
      place.replaceWith(old);
      const hint = one("[data-files]", old.closest(".lx-ask") || main);
      if (hint) hint.textContent = `已选的 ${old.files.length} 个文件还在，提交时一并上传。`;
    });
    refold(unasked, main);
    if (stays.length) {
      const masked = one(".lx-mask", main);
      const box = masked && masked.closest("dd");
      const phone = stays.find((node) => node.dataset.stays === "phone");
      if (box && phone) box.replaceWith(phone);
    }
    ready(main);
    const wrong = one("[autofocus]", main) || one(".lx-refusal", main);
    if (wrong) wrong.focus();
  }

  // ---- what cannot be taken back: asked once more; what one click does: five seconds to think ----------
  function confirm(form, button) {
    const box = document.createElement("dialog");
    box.className = "lx-keymap lx-sure";
    const text = document.createElement("p");
    text.textContent = form.dataset.final;
    const yes = document.createElement("button");
    yes.type = "button";
    yes.className = "lx-btn lx-primary";
    yes.textContent = form.dataset.finalVerb;
    const no = document.createElement("button");
    no.type = "button";
    no.className = "lx-btn";
    no.textContent = "返回修改";
    const close = () => { if (box.close) box.close(); box.remove(); };
    yes.addEventListener("click", () => { close(); form.dataset.sure = "1"; send(form, button); });
    no.addEventListener("click", close);
    box.addEventListener("close", () => box.remove());
    box.append(text, yes, " ", no);
    document.body.append(box);
    if (box.showModal) box.showModal(); else box.setAttribute("open", "");
    yes.focus();
  }
  function wait(form, button, verb) {
    const shown = button || one("button", form);
    const words = shown.innerHTML;
    if (shown.dataset.counting) return;
    shown.dataset.counting = "1";
    let left = 5;
    const tell = () => { shown.textContent = `${left} 秒后${verb}，撤销`; };
    const stop = () => { clearInterval(timer); shown.innerHTML = words; delete shown.dataset.counting; shown.removeEventListener("click", undo, true); };
    const undo = (event) => { event.preventDefault(); event.stopPropagation(); stop(); };
    // The row may be drawn anew meanwhile: what was meant is remembered, not the button.
    const body = new FormData(form);
    if (button && button.name) body.append(button.name, button.value);
    const where = (button && button.getAttribute("formaction")) || form.action;
    const go = () => { stop(); leave(where, body); };
    const timer = setInterval(() => { left -= 1; if (left > 0) tell(); else go(); }, 1000);
    shown.addEventListener("click", undo, true);
    tell();
  }

  function leave(where, body) {
    const form = document.createElement("form");
    form.method = "post";
    form.action = where;
    form.hidden = true;
    for (const [name, value] of body) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      form.append(field);
    }
    freshen(form);
    document.body.append(form);
    form.submit();
  }

  // ---- what matters only with one answer to another question: shown with it, else neither shown nor sent -------------
  function unfold(form) {
    all("[data-when]", form).forEach((node) => {
      const [name, answer] = node.dataset.when.split("=");
      const fields = all(`[name="${name}"]`, form);
      const said = fields.some((field) => field.value === answer && (field.type !== "radio" || field.checked));
      // What is complained of is always seen.
      const open = said || node.classList.contains("lx-wrong");
      node.hidden = !open;
    });
  }
  const folded = (from) => all("[data-when][hidden] [name]", from);
  // Not disabled: the draft keeps what was typed there.
  const unsent = (form, body) => folded(form).forEach((field) => body.delete(field.name));
  // A page that takes this one's place does not know it.
  function refold(old, main) {
    old.forEach((was) => {
      const field = all(`[name="${was.name}"]`, main).find((now) => now.type !== "radio" || now.value === was.value);
      if (field && was.type === "radio") field.checked = was.checked;
      else if (field) field.value = was.value;
    });
  }
  document.addEventListener("change", (event) => { if (event.target.form && one("[data-when]", event.target.form)) unfold(event.target.form); });

  // ---- the picker: part of the name, or its sound -------------------------------------------------------
  let list = null;
  let asked = 0;
  function shut() { if (list) { list.field.setAttribute("aria-expanded", "false"); list.field.removeAttribute("aria-activedescendant"); list.field.removeAttribute("aria-controls"); list.remove(); list = null; } }
  async function offer(field) {
    const mine = ++asked;
    const [kind, query] = field.dataset.pick.split("?");
    const url = `/pick/${kind}/?${query ? `${query}&` : ""}q=${encodeURIComponent(field.value)}`;
    let names;
    try {
      const answer = await fetch(url, { credentials: "same-origin", headers: { "HX-Request": "true" } });
      if (!answer.ok) return;
      ({ names } = await answer.json());
    } catch (error) { return; }
    if (mine !== asked || document.activeElement !== field) return;
    shut();
    list = document.createElement("ul");
    list.field = field;
    list.className = "lx-picks";
    list.id = `${field.id}-picks`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", field.getAttribute("aria-label") || (field.labels[0] || field).textContent.trim());
    field.setAttribute("aria-controls", list.id);
    names.forEach((name, n) => {
      const line = document.createElement("li");
      line.id = `${list.id}-${n}`;
      line.setAttribute("role", "option");
      line.textContent = name;
      line.addEventListener("mousedown", (event) => { event.preventDefault(); choose(field, name); });
      list.append(line);
    });
    if (!names.length) {
      const none = document.createElement("li");
      none.className = "lx-hint";
      none.textContent = "没有相符的名称";
      list.append(none);
    }
    field.setAttribute("aria-expanded", "true");
    // Below its field, whatever box they stand in: a grid would put it at the box's head, over the field itself.
    list.style.top = `${field.offsetTop + field.offsetHeight}px`;
    field.after(list);
  }
  function choose(field, name) {
    field.value = name;
    shut();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    clearTimeout(field.soon);
  }
  function move(field, by) {
    const lines = all("[role=option]", list);
    if (!lines.length) return;
    const at = lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
    const next = lines[(at + by + lines.length) % lines.length];
    lines.forEach((line) => line.setAttribute("aria-selected", String(line === next)));
    field.setAttribute("aria-activedescendant", next.id);
    next.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("focusin", (event) => { if (event.target.matches("[data-pick]") && !event.target.value) offer(event.target); });
  document.addEventListener("focusout", (event) => { if (list && event.target === list.field) shut(); });
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches("[data-pick]") || event.isComposing) return;
    clearTimeout(field.soon);
    field.soon = setTimeout(() => offer(field), 120);
  });
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!list || field !== list.field || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); move(field, event.key === "ArrowDown" ? 1 : -1); return; }
    const lines = all("[role=option]", list);
    const chosen = lines.find((line) => line.getAttribute("aria-selected") === "true") || (lines.length === 1 && field.value ? lines[0] : null);
    if (event.key === "Escape") { event.stopPropagation(); shut(); }
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) { event.preventDefault(); if (chosen) choose(field, chosen.textContent); }
    else if (event.key === "Tab" && chosen) choose(field, chosen.textContent);
  }, true);

  // ---- numbered lines --------------------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add-line]");
    if (!button) return;
    const lines = document.getElementById(button.dataset.addLine);
    const fresh = lines.lastElementChild.cloneNode(true);
    const n = lines.children.length + 1;
    one(".lx-num", fresh).textContent = n;
    all(".lx-picks", fresh).forEach((node) => node.remove());
    all("input, textarea", fresh).forEach((field) => { field.value = ""; field.id = `${lines.id}-${n}`; field.removeAttribute("autofocus"); });
    lines.append(fresh);
    one("input, textarea", fresh).focus();
  });
  function ready(from) {
    all("[data-add-line]", from).forEach((button) => { button.hidden = false; });
    all("[data-pick]", from).forEach((field) => {
      field.setAttribute("role", "combobox");
      field.setAttribute("aria-expanded", "false");
      field.setAttribute("aria-autocomplete", "list");
    });
    all("form", from).forEach((form) => { if (one("[data-when]", form)) unfold(form); });
    const form = one("form[data-here]", from);
    if (form) presence(form);
  }
  ready(document);
})();
