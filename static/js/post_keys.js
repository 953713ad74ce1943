// Each post is one stop of the Tab key. From there the arrow keys lead to other posts and to the links in it,
// and R replies. Without this file every link is a stop of its own.

const INSIDE = "a[href], button, input:enabled, summary";
const MAY_SCROLL = "pre, table";

function makeOneStop(post) {
  post.tabIndex = 0;
  for (const one of post.querySelectorAll(INSIDE)) one.tabIndex = -1;
  // What scrolls by itself has to be reached to be read.
  for (const one of post.querySelectorAll(MAY_SCROLL)) {
    if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
    else one.removeAttribute("tabindex");
  }
}

function makeStops() {
  list.querySelectorAll(".post").forEach(makeOneStop);
}

function postBeside(post, step) {
  const all = Array.from(list.querySelectorAll(".post"));
  return all[all.indexOf(post) + step];
}

function insideBeside(post, current, step) {
  const all = [post, ...post.querySelectorAll(INSIDE)];
  return all[all.indexOf(current) + step];
}

const WAYS = {
  ArrowDown: (post) => postBeside(post, 1),
  ArrowUp: (post) => postBeside(post, -1),
  ArrowRight: (post, current) => insideBeside(post, current, 1),
  ArrowLeft: (post, current) => insideBeside(post, current, -1),
  Home: () => list.querySelector(".post"),
  End: () => Array.from(list.querySelectorAll(".post")).at(-1),
  Escape: (post, current) => (current === post ? document.getElementById("message") : post),
};

function followKey(event) {
  const post = event.target.closest(".post");
  if (!post || event.ctrlKey || event.metaKey || event.altKey || event.target.matches(MAY_SCROLL)) return;
  if (event.key.toLowerCase() === "r") {
    post.querySelector("[data-reply]")?.click();
    event.preventDefault();
    return;
  }
  const goal = WAYS[event.key]?.(post, event.target);
  if (!goal) return;
  event.preventDefault();
  goal.focus();
}

makeStops();
new MutationObserver(makeStops).observe(list, { childList: true });
addEventListener("resize", makeStops);
addEventListener("load", makeStops); // only now everything has its width
list.addEventListener("keydown", followKey);
