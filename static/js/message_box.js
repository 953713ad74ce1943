// What is sent leaves the message box at once and waits beside it, so that one can write on. What could not be
// sent comes back, or stays there if something else is being written; what is not finished is kept for its
// channel or thread. Without this file the box is a plain form.

const box = document.getElementById("message-box");
const unsentList = document.getElementById("unsent");

const SEND_WITHIN_MS = 30_000;
const SENT_AGAIN_WITHIN_MS = 10 * 60_000; // after that a message that was on its way waits to be asked
const LONGEST_KEEPALIVE = 60_000; // browsers allow so many bytes
const LONGEST_EXCERPT = 80;

function startMessageBox() {
  const fields = box.elements;
  const message = fields.message;
  const refusal = document.getElementById("refusal");
  const answering = document.getElementById("answering");
  const begun = document.getElementById("begun");
  const { owner, place } = box.dataset;
  const drafts = `draft/${owner}/${place}/`;
  const waiting = `unsent/${owner}/${place}/`;
  const unsent = new Map(); // id → { id, root, thread, text, at, failure, line }

  // --- Drafts, one for the channel and one for each thread -----------------------------------------------

  function threadName() {
    return answering.querySelector("[data-thread]").textContent;
  }

  function keepDraft() {
    const key = drafts + fields.root_id.value;
    if (!message.value.trim()) return kept.forget(key);
    const draft = { text: message.value, id: fields.pending_post_id.value, thread: threadName() };
    if (!kept.write(key, draft)) refusal.textContent = "This browser has no room for drafts: send it before you leave.";
  }

  function showDraft() {
    const draft = kept.read(drafts + fields.root_id.value);
    message.value = draft?.text ?? "";
    fields.pending_post_id.value = draft?.id ?? newId();
  }

  function newId() {
    return crypto.randomUUID?.() ?? `${Date.now()}:${Math.random()}`; // randomUUID only on https and localhost
  }

  function writeTo(root, thread) {
    fields.root_id.value = root;
    answering.querySelector("[data-thread]").textContent = thread;
    answering.hidden = !root;
    const address = new URL(location);
    if (root) address.searchParams.set("reply", root);
    else address.searchParams.delete("reply");
    history.replaceState(history.state, "", address);
    showDraft();
    showBegun();
  }

  function showBegun() {
    const links = kept.keys(drafts).flatMap((key) => {
      const root = key.slice(drafts.length);
      if (!root || root === fields.root_id.value) return [];
      const link = document.createElement("a");
      link.href = `?reply=${root}#message`;
      link.dataset.reply = root;
      link.dataset.thread = link.textContent = kept.read(key)?.thread || "a thread";
      return [" ", link];
    });
    begun.replaceChildren("Replies you have begun:", ...links);
    begun.hidden = !links.length;
  }

  // --- Sending, one message after the other --------------------------------------------------------------

  let sending = Promise.resolve();

  function submit() {
    refusal.textContent = "";
    if (!message.value.trim()) return sendWhatFailed();
    if (message.value.startsWith("/")) return void (refusal.textContent = box.dataset.noCommands);
    const entry = {
      id: fields.pending_post_id.value,
      root: fields.root_id.value,
      thread: threadName(),
      text: message.value,
      at: Date.now(),
    };
    kept.forget(drafts + entry.root);
    if (entry.root) writeTo("", "");
    else showDraft();
    send(entry);
  }

  function send(entry) {
    entry.failure = "";
    unsent.set(entry.id, entry);
    keepAndShow(entry);
    sending = sending.then(() => deliver(entry));
  }

  async function deliver(entry) {
    const body = new URLSearchParams({
      csrfmiddlewaretoken: fields.csrfmiddlewaretoken.value,
      pending_post_id: entry.id,
      root_id: entry.root,
      message: entry.text,
    }).toString();
    try {
      const answer = await fetch(box.action, {
        method: "POST",
        headers: { "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded" },
        body,
        keepalive: body.length < LONGEST_KEEPALIVE, // also when the page is being left
        signal: AbortSignal.timeout(SEND_WITHIN_MS),
      });
      if (answer.status === 401) return askToSignIn(entry);
      if (answer.status >= 500) return fail(entry, "The server could not take it. Your message is still here.");
      if (!answer.ok) return refuse(entry, wordsOf(await answer.text()));
    } catch {
      return fail(entry, "The server cannot be reached. Your message is still here.");
    }
    succeed(entry); // the next need not wait until this one is shown
  }

  function wordsOf(html) {
    const answer = new DOMParser().parseFromString(html, "text/html");
    return (answer.querySelector("h1") ?? answer.body).textContent.trim();
  }

  async function succeed(entry) {
    refusal.textContent = "";
    kept.forget(waiting + entry.id);
    if (list.dataset.events) await showWhatWasSaid();
    else if (unsent.size === 1) location.assign(location.pathname);
    forget(entry);
  }

  // It may be worth trying again just so; the box is left to what is being written.
  function fail(entry, failure) {
    entry.failure = refusal.textContent = failure;
    keepAndShow(entry);
  }

  // It has to be changed first.
  function refuse(entry, reason) {
    if (unsent.size > 1 || !putBack(entry)) return fail(entry, reason);
    refusal.textContent = reason;
  }

  function sendWhatFailed() {
    for (const entry of unsent.values()) if (entry.failure) send(entry);
  }

  function askToSignIn(entry) {
    if (!putBack(entry)) fail(entry, "You were signed out before it was sent.");
    location.reload();
  }

  // Back into the box, unless something else stands there.
  function putBack(entry) {
    if (message.value || (entry.root !== fields.root_id.value && kept.read(drafts + entry.root))) return false;
    if (entry.root !== fields.root_id.value) writeTo(entry.root, entry.thread);
    message.value = entry.text;
    fields.pending_post_id.value = entry.id; // the same message: if it did arrive, it is not posted again
    keepDraft();
    forget(entry);
    return true;
  }

  // --- What waits beside the box -------------------------------------------------------------------------

  function keepAndShow(entry) {
    const { line: _, ...lasting } = entry;
    kept.write(waiting + entry.id, lasting);
    entry.line ??= unsentList.appendChild(newLine(entry));
    entry.line.querySelector("[data-state]").textContent = entry.failure || "Sending…";
    entry.line.querySelector("[data-ways-on]").hidden = !entry.failure;
    entry.line.classList.toggle("failed", Boolean(entry.failure));
    unsentList.hidden = false;
  }

  function newLine(entry) {
    const line = document.getElementById("unsent-line").content.firstElementChild.cloneNode(true);
    line.querySelector("[data-text]").textContent = entry.text;
    line.querySelector("[data-again]").addEventListener("click", () => send(entry));
    line.querySelector("[data-edit]").addEventListener("click", () => edit(entry));
    return line;
  }

  function edit(entry) {
    if (!putBack(entry)) {
      message.value = `${entry.text}\n${message.value}`;
      keepDraft();
      forget(entry);
    }
    message.focus();
  }

  function forget(entry) {
    kept.forget(waiting + entry.id);
    unsent.get(entry.id)?.line?.remove();
    unsent.delete(entry.id);
    unsentList.hidden = !unsent.size;
  }

  function showWhatWaits() {
    const entries = kept.keys(waiting).map((key) => kept.read(key)).filter(Boolean);
    for (const entry of entries.sort((one, other) => one.at - other.at)) {
      if (!entry.failure && Date.now() - entry.at < SENT_AGAIN_WITHIN_MS) {
        send(entry); // this page was left while it was on its way
      } else {
        entry.failure ||= "This was not sent yet.";
        unsent.set(entry.id, entry);
        keepAndShow(entry);
      }
    }
  }

  // --- Hands and keys ------------------------------------------------------------------------------------

  message.addEventListener("input", keepDraft);

  message.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });

  box.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-reply], [data-stop]");
    if (!link || !isPlainClick(event)) return;
    event.preventDefault();
    writeTo(link.dataset.reply ?? "", link.dataset.reply ? nameOfThread(link) : "");
    message.focus();
  });

  function nameOfThread(link) {
    if (link.dataset.thread) return link.dataset.thread;
    const post = link.closest(".post");
    const root = document.getElementById(`post-${link.dataset.reply}`) ?? post;
    if (root === post && post.querySelector(".answers")) return post.querySelector(".answers").dataset.thread;
    const words = root.querySelector(".body").innerText.replace(/\s+/g, " ").trim();
    const excerpt = words.length > LONGEST_EXCERPT ? `${words.slice(0, LONGEST_EXCERPT)}…` : words;
    return `${root.querySelector(".name").textContent}: ${excerpt}`;
  }

  box.noValidate = true; // sending nothing sends what failed
  if (message.value) keepDraft();
  else showDraft();
  showBegun();
  showWhatWaits();
}

if (box) startMessageBox();
