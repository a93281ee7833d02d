// The set that waits for a signature, by keyboard: j and k move, o opens, x leaves out or takes in again, r sends back.
"use strict";

const waiting = [...document.querySelectorAll("article.waits")];
let at = -1;

const go = (to) => {
  at = Math.max(0, Math.min(waiting.length - 1, to));
  waiting[at].querySelector("input").focus();
  waiting[at].scrollIntoView({ block: "nearest" });
};

document.addEventListener("focusin", (event) => {
  const found = waiting.findIndex((one) => one.contains(event.target));
  if (found >= 0) at = found;
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || !waiting.length) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
  const here = waiting[Math.max(at, 0)];
  if (event.key === "j") go(at + 1);
  else if (event.key === "k") go(at - 1);
  else if (event.key === "o") here.querySelector("a.id").click();
  else if (event.key === "x") here.querySelector("input").click();
  else if (event.key === "r") {
    here.querySelector("details.back").open = true;
    here.querySelector("details.back textarea").focus();
  } else return;
  event.preventDefault();
});
