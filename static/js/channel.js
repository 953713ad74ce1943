// Keeps a channel page up to date. The event stream only names what is new, the page fetches it by itself,
// so a lost hint does no harm. Without this file the page works: a reload shows what is new, and what has
// been read is noted by a button and by writing.

const list = document.getElementById("posts");
const stream = document.getElementById("stream");

const RECONNECT_AFTER_MS = 5_000;
const LONGEST_RECONNECT_MS = 120_000;
const FETCH_AGAIN_AFTER_MS = 4_000;
const READ_WITHIN_MS = 5_000;

// Many pages hear of the same thing at the same time; they must not all come back at the same time.
function spread(milliseconds) {
  return milliseconds * (0.5 + Math.random());
}

function isSignIn(address) {
  return new URL(address).pathname === list.dataset.signIn;
}

async function load(address) {
  const response = await fetch(address, { headers: { "HX-Request": "true" } });
  if (isSignIn(response.url)) location.reload();
  if (!response.ok) throw Object.assign(new Error(address), { isFinal: response.status < 500 });
  return response.text();
}

// --- What is new --------------------------------------------------------------------------------------

function shownPosts() {
  return list.querySelectorAll(".post");
}

function newestPost() {
  return Array.from(shownPosts()).at(-1)?.dataset.id;
}

async function fetchNew(hint = "") {
  let added;
  do {
    const before = shownPosts().length;
    const newest = newestPost();
    const lines = await load(list.dataset.new + `?${new URLSearchParams({ after: newest ?? "", hint })}`);
    list.insertAdjacentHTML("beforeend", lines);
    added = shownPosts().length - before;
    if (added) list.querySelector(".empty")?.remove();
  } while (added >= Number(list.dataset.pageSize)); // there may be more than one page of it
}

async function reloadList() {
  const page = new DOMParser().parseFromString(await load(location.pathname), "text/html");
  const focused = document.activeElement.closest("#posts > .post")?.id;
  list.replaceChildren(...page.querySelectorAll("#posts > li"));
  htmx.process(list);
  if (focused) setTimeout(() => document.getElementById(focused)?.focus({ preventScroll: true }));
}

// Of the hint only two words are no post: "resume" (something may have been missed) and "changed".
async function hear(words) {
  const lacksOne = () => words.some((word) => word !== "resume" && !document.getElementById(`post-${word}`));
  if (words.includes("changed")) return reloadList();
  if (words.includes("resume") || lacksOne()) await fetchNew(words.at(-1));
  if (lacksOne()) await reloadList(); // stored late by a slow writer, so it stands between others; or gone again
}

let fetching = Promise.resolve();

function inTurn(work) {
  fetching = fetching.then(work).then(readSoon).catch((error) => {
    if (!error.isFinal) setTimeout(() => inTurn(() => fetchNew()), spread(FETCH_AGAIN_AFTER_MS));
  });
  return fetching;
}

let reconnectAfter = RECONNECT_AFTER_MS;

function listen() {
  const events = new EventSource(list.dataset.events); // comes back by itself, unless it was refused
  events.addEventListener("post", (event) => inTurn(() => hear(event.data.split(" "))));
  events.onopen = () => {
    stream.textContent = "";
    reconnectAfter = RECONNECT_AFTER_MS;
  };
  events.onerror = () => {
    stream.textContent = "Connection lost, trying again…";
    if (events.readyState === EventSource.CLOSED) listenAgain();
  };
}

async function listenAgain() {
  try {
    await fetchNew();
  } catch (error) {
    if (error.isFinal) {
      stream.textContent = "This channel is no longer open to you.";
      return;
    }
  }
  setTimeout(listen, spread(reconnectAfter));
  reconnectAfter = Math.min(2 * reconnectAfter, LONGEST_RECONNECT_MS);
}

// --- What has been read -------------------------------------------------------------------------------
// What stands on a page that somebody looks at counts as read: at once when they come to look, a little
// later while they stay, so that many posts are one request.

let lookedAtUpTo = ""; // the newest post that stood here while somebody looked
let readUpTo = ""; // what the server was told
let readTimer = 0;

function isLookedAt() {
  return document.visibilityState === "visible" && document.hasFocus();
}

function readSoon() {
  if (!isLookedAt()) return;
  lookedAtUpTo = newestPost() ?? "";
  readTimer ||= setTimeout(tellWhatWasRead, spread(READ_WITHIN_MS));
}

function readNow() {
  lookedAtUpTo = newestPost() ?? "";
  tellWhatWasRead();
}

function tellWhatWasRead() {
  clearTimeout(readTimer);
  readTimer = 0;
  if (!list.dataset.viewed || !lookedAtUpTo || lookedAtUpTo === readUpTo) return;
  readUpTo = lookedAtUpTo;
  const csrfmiddlewaretoken = document.querySelector("[name=csrfmiddlewaretoken]").value;
  fetch(list.dataset.viewed, {
    method: "POST",
    headers: { "HX-Request": "true" },
    body: new URLSearchParams({ csrfmiddlewaretoken, post_id: lookedAtUpTo }),
    keepalive: true, // also when the page is being left
  }).catch(() => (readUpTo = ""));
}

if (list?.dataset.events) {
  listen();
  if (isLookedAt()) readNow();
  addEventListener("focus", readNow);
  addEventListener("pagehide", () => readTimer && tellWhatWasRead());
  document.addEventListener("visibilitychange", () => readTimer && tellWhatWasRead());
}

// Called when a message of this page has been posted: it comes with what else is new.
function showWhatWasSaid() {
  list.parentElement.scrollTop = 0; // the frame is laid out from its end
  return inTurn(() => fetchNew());
}

// --- Ways to posts ------------------------------------------------------------------------------------

function isPlainClick(event) {
  return event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}

// To the post that the address names, in a window around it if this page does not show it.
function goToPost() {
  const id = location.hash.startsWith("#post-") ? location.hash.slice(1) : "";
  const post = id ? document.getElementById(id) : list.querySelector(".marked");
  if (post) {
    post.scrollIntoView({ block: "center" });
    post.focus({ preventScroll: true });
  } else if (id) {
    location.replace(`?${new URLSearchParams({ around: id.slice("post-".length) })}#${id}`);
  }
}

addEventListener("hashchange", goToPost);
addEventListener("DOMContentLoaded", goToPost);

document.addEventListener("click", (event) => {
  const id = event.target.closest("[data-post]")?.dataset.post;
  if (!id || !isPlainClick(event) || !document.getElementById(`post-${id}`)) return;
  event.preventDefault();
  if (location.hash === `#post-${id}`) goToPost();
  else location.hash = `post-${id}`;
});

// Older and newer posts come in beside the one that was at the edge; there one reads on.
let readOn = () => {};

document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (isSignIn(event.detail.xhr.responseURL)) {
    event.detail.shouldSwap = false;
    location.reload();
  }
  const goesOn = event.detail.target.id === "newer";
  const edge = Array.from(shownPosts()).at(goesOn ? -1 : 0);
  readOn = () => {
    if (goesOn) edge?.scrollIntoView({ block: "start" });
    edge?.focus({ preventScroll: true });
  };
});

document.body.addEventListener("htmx:afterSwap", () => readOn());
