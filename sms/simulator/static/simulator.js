"use strict";

// Forms and links work without this file. It refreshes what is marked data-live when the
// simulator says that something changed, and sends forms without leaving the page.

let refreshing = false;
let stale = false;

async function refresh() {
  stale = true;
  if (refreshing) return;
  refreshing = true;
  try {
    while (stale) {
      stale = false;
      const reply = await fetch(document.body.dataset.here);
      if (reply.ok) show(await reply.text());
    }
  } finally {
    refreshing = false;
  }
}

function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const old of document.querySelectorAll("[data-live]")) {
    const now = fresh.getElementById(old.id);
    if ("inputs" in old.dataset && old.contains(document.activeElement)) {
      delete old.dataset.shown;
      continue;
    }
    if (!now || now.innerHTML === old.dataset.shown) continue;
    const atBottom = old.scrollHeight - old.scrollTop - old.clientHeight < 80;
    const open = [...old.querySelectorAll("details[open]")].map((item) => item.id);
    old.innerHTML = now.innerHTML;
    old.dataset.shown = now.innerHTML;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if ("bottom" in old.dataset && atBottom) old.scrollTop = old.scrollHeight;
  }
  offerCopies();
}

function offerCopies() {
  for (const button of document.querySelectorAll(".copy[hidden]")) button.hidden = false;
}

async function send(form, submitter) {
  const data = new FormData(form, submitter);
  const action = submitter?.getAttribute("formaction") || form.getAttribute("action");
  const reply = await fetch(action, { method: "POST", body: new URLSearchParams(data) });
  const text = await reply.text();
  if (!reply.ok) {
    alert(text);
    return;
  }
  const moved = new URL(reply.url);
  if (moved.pathname !== location.pathname) {
    location.assign(moved);
    return;
  }
  if (form.classList.contains("compose")) {
    form.reset();
    const talk = form.closest(".device").querySelector(".talk");
    talk.scrollTop = talk.scrollHeight;
  }
  show(text);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) {
    event.preventDefault();
    return;
  }
  const data = new FormData(form);
  const back = data.get("back");
  if (!back || new URL(back, location.href).pathname !== location.pathname) return;
  event.preventDefault();
  send(form, event.submitter);
});

document.addEventListener("input", (event) => {
  const output = event.target.closest(".slider")?.querySelector("output");
  if (output) output.textContent = `${Number(event.target.value).toLocaleString("fa")}٪`;
});

document.addEventListener("change", (event) => {
  event.target.closest("form[data-auto]")?.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  if (event.target.matches(".write textarea") && event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    event.target.form.requestSubmit(event.target.form.querySelector(".send"));
  }
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  await navigator.clipboard.writeText(button.parentElement.querySelector(".curl").textContent);
  button.textContent = "رونوشت شد";
});

let polling = 0;
const source = new EventSource("/events");
source.addEventListener("message", () => refresh().catch(() => {}));
source.addEventListener("open", () => {
  clearInterval(polling);
  polling = 0;
});
source.addEventListener("error", () => {
  polling ||= setInterval(() => refresh().catch(() => {}), 3000);
});

offerCopies();
for (const button of document.querySelectorAll("[data-nojs]")) button.hidden = true;
for (const old of document.querySelectorAll("[data-bottom]")) old.scrollTop = old.scrollHeight;
