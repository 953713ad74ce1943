// Keeps a channel page up to date. The event stream only says "look": what is new is fetched by itself,
// so a lost hint does no harm. Without this file the page works, a reload shows what is new.

const list = document.getElementById("posts");
const box = document.getElementById("message-box");
const message = document.getElementById("message");
const refusal = document.getElementById("refusal");
const stream = document.getElementById("stream");
const RECONNECT_AFTER_MS = 5000;

// --- What is new --------------------------------------------------------------------------------------

const unannounced = new Set(); // shown by us before the stream told of them
let fetching = Promise.resolve();

function shownPost(id) {
  return document.getElementById(`post-${id}`);
}

function inTurn(work) {
  fetching = fetching.then(work).catch(() => {}); // the next hint or reconnect makes up for a failure
  return fetching;
}

async function fetchNew() {
  const last = list.querySelector(".post:last-of-type");
  const known = new Set(Array.from(list.querySelectorAll(".post"), (post) => post.dataset.id));
  const after = last ? `?after=${last.dataset.id}` : "";
  await htmx.ajax("GET", list.dataset.new + after, { target: "#posts", swap: "beforeend" });
  const added = Array.from(list.querySelectorAll(".post")).filter((post) => !known.has(post.dataset.id));
  added.forEach((post) => unannounced.add(post.dataset.id));
  if (added.length) {
    list.querySelector(".empty")?.remove();
    await fetchNew(); // there may be more than one page of it
  }
}

async function reloadList() {
  await htmx.ajax("GET", location.pathname, { target: "#posts", swap: "innerHTML", select: "#posts > li" });
}

async function hear(id) {
  if (unannounced.delete(id)) return;
  if (!shownPost(id)) await fetchNew();
  // Told of again, or not among the new: changed, deleted, or stored late by a slow writer.
  if (!unannounced.delete(id) && id !== "resume") await reloadList();
}

function listen() {
  const events = new EventSource(list.dataset.events);
  events.addEventListener("post", (event) => inTurn(() => hear(event.data)));
  events.onopen = () => (stream.textContent = "");
  events.onerror = () => {
    stream.textContent = "Connection lost, trying again…";
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, RECONNECT_AFTER_MS);
  };
}

if (list?.dataset.events) listen();

// --- The message box ----------------------------------------------------------------------------------

let sent = "";

message?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (message.value.trim()) box.requestSubmit();
});

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target === box) sent = message.value;
});

document.body.addEventListener("said", () => {
  if (message.value === sent) message.value = "";
  box.elements.pending_post_id.value = crypto.randomUUID?.() ?? `${Date.now()}:${Math.random()}`;
  list.parentElement.scrollTop = 0; // the frame is laid out from its end
  inTurn(fetchNew);
});

document.body.addEventListener("htmx:sendError", (event) => {
  if (event.target === box) refusal.textContent = "The server cannot be reached. Your message is still here.";
});

// --- Answers that are no part of this page ------------------------------------------------------------

document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (new URL(event.detail.xhr.responseURL).pathname === "/login") {
    event.detail.shouldSwap = false;
    location.reload();
  }
});

document.body.addEventListener("htmx:responseError", (event) => {
  if (event.target === box) refusal.textContent = "That did not work. Your message is still here.";
});
