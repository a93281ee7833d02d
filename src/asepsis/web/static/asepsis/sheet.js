// The run sheet by keyboard: j and k move, p, f and i say what came of a case, e goes to the words.
"use strict";

const cases = [...document.querySelectorAll("[data-case]")];
let here = -1;

const stand = (to) => {
  here = Math.max(0, Math.min(cases.length - 1, to));
  (cases[here].querySelector("input:checked") ?? cases[here].querySelector("input")).focus();
  cases[here].scrollIntoView({ block: "nearest" });
};

document.addEventListener("focusin", (event) => {
  const found = cases.findIndex((one) => one.contains(event.target));
  if (found >= 0) here = found;
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || !cases.length) return;
  if (event.target.matches("input:not([type=radio]), textarea, select")) return;
  const now = cases[Math.max(here, 0)];
  const outcome = { p: "pass", f: "fail", i: "inconclusive" }[event.key];
  if (event.key === "j") stand(here + 1);
  else if (event.key === "k") stand(here - 1);
  else if (event.key === "e") now.querySelector("textarea").focus();
  else if (outcome) {
    now.querySelector(`input[value=${outcome}]`).checked = true;
    if (outcome === "pass") stand(Math.max(here, 0) + 1);
    else now.querySelector("textarea").focus();
  } else return;
  event.preventDefault();
});
