// The inbox by keyboard: a affected, n then 1 to 5 not affected, f fixed, u under investigation, e the words, . undo.
"use strict";

const rows = [...document.querySelectorAll("[data-match]")];
const past = [];
let here = -1;
let waits = false;

const told = document.getElementById("decided");
const count = () => {
  const many = rows.filter((one) => one.querySelector("[data-status]").value).length;
  if (told) told.textContent = many || "None";
};
const stand = (to) => {
  here = Math.max(0, Math.min(rows.length - 1, to));
  rows[here].querySelector("[data-status]").focus();
  rows[here].scrollIntoView({ block: "nearest" });
};
const decide = (status, why) => {
  const row = rows[Math.max(here, 0)];
  const [said, reason] = [row.querySelector("[data-status]"), row.querySelector("[data-why]")];
  past.push([Math.max(here, 0), said.value, reason.value]);
  said.value = status;
  reason.value = why;
  count();
  stand(Math.max(here, 0) + 1);
};

document.addEventListener("change", count);
document.addEventListener("focusin", (event) => {
  const found = rows.findIndex((one) => one.contains(event.target));
  if (found >= 0) here = found;
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || !rows.length) return;
  if (event.key === "Escape" && event.target.matches("[data-impact]")) return stand(here);
  if (event.target.matches("input, textarea")) return;
  const row = rows[Math.max(here, 0)];
  const reasons = [...row.querySelector("[data-why]").options].map((one) => one.value);
  if (waits && event.key >= "1" && event.key <= "5") {
    waits = false;
    decide("not-affected", reasons[Number(event.key)]);
  } else {
    waits = event.key === "n";
    if (event.key === "j") stand(here + 1);
    else if (event.key === "k") stand(here - 1);
    else if (event.key === "a") decide("affected", "");
    else if (event.key === "f") decide("fixed", "");
    else if (event.key === "u") decide("under-investigation", "");
    else if (event.key === "e") row.querySelector("[data-impact]").focus();
    else if (event.key === "." && past.length) {
      const [at, status, why] = past.pop();
      rows[at].querySelector("[data-status]").value = status;
      rows[at].querySelector("[data-why]").value = why;
      count();
      stand(at);
    } else if (!waits) return;
  }
  event.preventDefault();
});
count();
