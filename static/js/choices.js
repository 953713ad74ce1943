// What scripts of the theme leave out. Theirs puts the focus into the first field, also of a form that is wrong
// elsewhere. And the lists that offer choices while one types are built by one that neither names what it
// builds nor tells of errors: a reader hears the label, the help and what is wrong of the list behind it.

addEventListener("load", () => {
  document.querySelector("[autofocus][aria-invalid]")?.focus();
  // In its own line: whatever builds them was there before.
  window.django?.jQuery(() => document.querySelectorAll("select.admin-autocomplete").forEach(explain));
});

function explain(list) {
  const built = list.nextElementSibling;
  if (!built) return;
  const parts = built.querySelectorAll("[role='combobox'], [role='textbox'], [role='searchbox']");
  for (const part of parts) tell(list, part);
  if (list.autofocus) [...parts].find((part) => part.tabIndex === 0)?.focus();
  django.jQuery(list).on("select2:open", () => {
    const search = document.querySelector(".select2-dropdown [role='searchbox']");
    if (search) tell(list, search);
  });
}

function tell(list, part) {
  part.removeAttribute("aria-labelledby");
  part.setAttribute("aria-label", list.labels[0]?.textContent.replace(/[*:]/g, "").trim());
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (list.hasAttribute(name)) part.setAttribute(name, list.getAttribute(name));
  }
}
