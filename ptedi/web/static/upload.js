// A bar while files are sent; without it the form works all the same.
"use strict";
document.querySelector("[data-upload]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target, bar = form.querySelector("progress"), sending = new XMLHttpRequest();
  bar.hidden = false;
  form.querySelector("button").disabled = true;
  sending.open("POST", form.action);
  sending.setRequestHeader("X-Upload", "1");
  sending.upload.onprogress = (now) => { bar.max = now.total; bar.value = now.loaded; };
  sending.onload = () => {
    const next = sending.getResponseHeader("X-Location");
    if (next) { location.assign(next); return; }
    form.submit();   // refused: let the page that says why be shown
  };
  sending.onerror = () => form.submit();
  sending.send(new FormData(form));
});
