// Makes addresses complete that the server could only give as paths, and lets secrets be copied.

for (const code of document.querySelectorAll("code[data-path]")) {
  code.textContent = code.textContent.replace(code.dataset.path, location.origin + code.dataset.path);
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const secret = button.previousElementSibling;
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.textContent = (await copy(secret)) ? "Copied" : "Press Ctrl+C";
  });
}

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent); // only on https and localhost
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return false;
  }
}
