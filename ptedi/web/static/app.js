// Keys, selection and small comforts; every page works without it.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  // --- the menu of small screens, open details, the sheet of keys ---
  const menu = $("#menu");
  menu?.addEventListener("click", () => {
    const open = document.body.classList.toggle("nav-open");
    menu.setAttribute("aria-expanded", String(open));
  });
  const help = $("#help");
  $("#keys")?.addEventListener("click", () => help.showModal());
  document.addEventListener("click", (event) => {
    for (const open of $$("details.pop[open]")) if (!open.contains(event.target)) open.open = false;
  });

  // --- selection in a grid ---
  const rows = () => $$("tr[data-row]");
  const boxes = (form) => $$("input[name=id]", form);
  const count = (form) => {
    const chosen = boxes(form).filter((box) => box.checked).length;
    const all = $("[data-all]", form), said = $("[data-picked]", form);
    if (all) { all.checked = chosen > 0 && chosen === boxes(form).length; all.indeterminate = chosen > 0 && !all.checked; }
    if (said) { said.hidden = chosen === 0; $("[data-number]", said).textContent = String(chosen); }
    form.classList.toggle("some", chosen > 0);
    for (const row of $$("tr[data-row]", form)) row.classList.toggle("chosen", Boolean($("input[name=id]", row)?.checked));
  };
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-grid]");
    if (!form) return;
    if (event.target.matches("[data-all]")) for (const box of boxes(form)) box.checked = event.target.checked;
    if (event.target.matches("[data-all], [name=id]")) count(form);
  });
  let last = null;
  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-grid] input[name=id]");
    if (!box) return;
    const form = box.closest("[data-grid]"), all = boxes(form);
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
      for (const one of all.slice(from, to + 1)) one.checked = box.checked;
      count(form);
    }
    last = box;
  });
  for (const form of $$("[data-grid]")) count(form);

  document.addEventListener("click", (event) => {   // an action's own fields are checked, not those of the others
    const button = event.target.closest("details.does-more button");
    const wrong = button && $$("input, select", button.closest("details")).find((one) => !one.checkValidity());
    if (wrong) { event.preventDefault(); wrong.reportValidity(); }
  });

  // --- keys ---
  let waiting = "", at = -1;
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    at = all.indexOf($("tr.at")) < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(all.indexOf($("tr.at")) + step, 0), all.length - 1);
    for (const row of all) row.classList.toggle("at", row === all[at]);
    const link = $("a.open", all[at]) ?? $("a, input, button", all[at]);
    link?.focus({ preventScroll: true });
    all[at].scrollIntoView({ block: "nearest" });
  };
  const keys = {
    "?": () => help?.showModal(),
    "/": () => { const field = $("[data-search]") ?? $("input[type=search]"); field?.focus(); field?.select(); },
    j: () => move(1),
    k: () => move(-1),
    x: () => { const box = $("tr.at input[name=id]"); if (box) { box.checked = !box.checked; count(box.closest("[data-grid]")); } },
  };
  document.addEventListener("keydown", (event) => {
    const panel = event.key === "Enter" && event.target.matches("input, select") && event.target.closest("details.does-more");
    if (panel) { event.preventDefault(); $("button", panel)?.click(); return; }   // not the form's first button
    if (event.key === "Escape") {
      for (const open of $$("details.pop[open]")) { open.open = false; $("summary", open)?.focus(); }
      document.body.classList.remove("nav-open");
      if (typing(event.target)) event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || $("dialog[open]")) return;
    if (waiting === "g") {
      waiting = "";
      const place = $(`[data-go="${CSS.escape(event.key)}"]`);
      if (place) { event.preventDefault(); place.click(); }
      return;
    }
    if (event.key === "g") { waiting = "g"; setTimeout(() => { waiting = ""; }, 1500); return; }
    if (event.key === "Enter" && $("tr.at a.open") && !event.target.closest("a, button, summary, input")) { $("tr.at a.open").click(); return; }
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); return; }
    const does = $(`[data-key="${CSS.escape(event.key)}"]`);
    if (does) {
      event.preventDefault();
      const form = does.closest("[data-grid]");
      const box = $("tr.at input[name=id]");
      if (form && box && !boxes(form).some((one) => one.checked)) { box.checked = true; count(form); }
      does.click();
      if (does.matches("summary")) $("input", does.parentElement)?.focus();
    }
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (row) for (const one of rows()) one.classList.toggle("at", one === row);
  });

  // --- a page that stood open for long asks whose session it is before it sends what was typed ---
  const LONG = 5 * 60_000, over = $("#over");
  let heard = Date.now(), doubt = false;
  const say = (name) => { over.replaceChildren($(name).content.cloneNode(true)); over.scrollIntoView({ block: "center" }); return false; };
  const renew = async () => {
    doubt = true;
    let answer;
    try { answer = await fetch(over.dataset.ask, { headers: { Accept: "application/json" }, cache: "no-store" }); } catch { return say("#no-server"); }
    if (answer.status === 401) return say("#session-over");
    const session = answer.ok ? await answer.json() : null;
    if (session && session.name !== over.dataset.person) return say("#session-other");
    if (session) {
      for (const field of $$("input[name=csrf]")) field.value = session.csrf;
      document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRF-Token": session.csrf }));
    }
    over.replaceChildren();
    doubt = false;
    heard = Date.now();
    return true;
  };
  document.addEventListener("submit", async (event) => {
    if (!over || event.target.method !== "post" || !(doubt || Date.now() - heard > LONG)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const form = event.target, by = event.submitter;
    if (await renew()) form.requestSubmit(by);
  }, true);
  document.addEventListener("htmx:afterRequest", (event) => {
    const status = event.detail.xhr?.status;
    if (status === 401 && over) { doubt = true; say("#session-over"); } else if (status && status < 400) heard = Date.now();
  });
  window.addEventListener("focus", () => { if (doubt) renew(); });

  // --- comforts ---
  document.addEventListener("click", async (event) => {           // <button data-copy="#id">
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = $(button.dataset.copy);
    if (!source) return;
    const text = source.value ?? source.textContent;
    try { await navigator.clipboard.writeText(text); } catch { const range = document.createRange(); range.selectNodeContents(source); getSelection().removeAllRanges(); getSelection().addRange(range); document.execCommand("copy"); getSelection().removeAllRanges(); }
    const label = $("span", button) ?? button, before = label.textContent;
    label.textContent = "Copied";
    setTimeout(() => { label.textContent = before; }, 1500);
  });
  document.addEventListener("submit", (event) => {                 // <form data-sure="Really?"> and no double click
    const form = event.target, sure = event.submitter?.dataset.sure ?? form.dataset.sure;
    if (sure && !window.confirm(sure)) { event.preventDefault(); return; }
    if (form.dataset.sent && form.method !== "dialog") { event.preventDefault(); return; }
    if (form.method === "post" && !form.matches("[hx-post], [data-grid]")) { form.dataset.sent = "1"; setTimeout(() => { delete form.dataset.sent; }, 4000); }
  });
  for (const back of $$("[data-back]")) if (history.length > 1) { back.hidden = false; back.addEventListener("click", () => history.back()); }
  document.addEventListener("change", (event) => {                 // <select data-goes> goes where it points
    if (event.target.matches("select[data-goes]")) event.target.form.requestSubmit();
  });
  window.addEventListener("pageshow", () => { for (const form of $$("form[data-sent]")) delete form.dataset.sent; for (const form of $$("[data-grid]")) count(form); });
  document.addEventListener("htmx:sendError", () => {
    const place = $("#flashes");
    if (!place) return;
    const said = document.createElement("p");
    said.className = "flash stopped";
    said.textContent = "The workbench cannot be reached.  Nothing was changed; try again in a moment.";
    place.append(said);
  });
})();
