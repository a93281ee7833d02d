// A list that is gone through by keyboard: j and k go to the next and the one before, by their own links.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.matches("input, textarea, select")) return;
  const rows = [...document.querySelectorAll("[data-row]")];
  const step = { j: 1, k: -1 }[event.key];
  if (!step || !rows.length) return;
  const to = rows[rows.findIndex((one) => one.hasAttribute("aria-current")) + step];
  if (to) to.click();
  event.preventDefault();
});
