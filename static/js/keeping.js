// What this browser keeps of messages that are not finished or not sent yet, under the account that wrote them.
// Signing out forgets it.

const KEPT = "message/";

const kept = {
  keys(beginning) {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(KEPT + beginning)).map((key) => key.slice(KEPT.length));
    } catch {
      return []; // a browser that keeps nothing
    }
  },
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(KEPT + key));
    } catch {
      return null;
    }
  },
  write(key, value) {
    try {
      localStorage.setItem(KEPT + key, JSON.stringify(value));
      return true;
    } catch {
      return false; // full, or not allowed
    }
  },
  forget(key) {
    try {
      localStorage.removeItem(KEPT + key);
    } catch {
      // nothing was kept
    }
  },
};

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-signs-out]")) kept.keys("").forEach(kept.forget);
});
