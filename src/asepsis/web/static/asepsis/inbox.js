// The inbox by keyboard: Enter the proposal, a affected, n then 1 to 5 not affected, f fixed, u under investigation, e words, . undo.
"use strict";

const rows = [...document.querySelectorAll("[data-match]")];
const part = (row, name) => row.querySelector(`.decide [data-${name}]`);
const past = [];
let here = -1;
let waits = false;

document.documentElement.classList.add("folds");

const told = document.getElementById("decided");
const show = (row) => {
  const [status, said, proposal] = [part(row, "status"), row.querySelector("[data-said]"), row.querySelector("[data-proposal]")];
  said.hidden = !status.value;
  said.textContent = status.value ? status.selectedOptions[0].textContent : "";
  if (proposal) proposal.hidden = Boolean(status.value);
};
const count = () => {
  rows.forEach(show);
  const many = rows.filter((one) => part(one, "status").value).length;
  if (told) told.textContent = many || "None";
};
const stand = (to) => {
  here = Math.max(0, Math.min(rows.length - 1, to));
  rows[here].focus();
  rows[here].scrollIntoView({ block: "nearest" });
};
const decide = (status, why, impact) => {
  const row = rows[Math.max(here, 0)];
  const fields = [part(row, "status"), part(row, "why"), part(row, "impact")];
  past.push([Math.max(here, 0), fields.map((one) => one.value)]);
  [fields[0].value, fields[1].value] = [status, why];
  if (impact !== undefined && !fields[2].value) fields[2].value = impact;
  count();
  stand(Math.max(here, 0) + 1);
};
const undo = () => {
  const [at, values] = past.pop();
  ["status", "why", "impact"].forEach((name, number) => (part(rows[at], name).value = values[number]));
  count();
  stand(at);
};
const propose = (row) => {
  const first = row.querySelector("[data-first]");
  if (first) decide(first.dataset.status, first.dataset.why, first.dataset.impact);
  return Boolean(first);
};

document.addEventListener("change", count);
document.addEventListener("focusin", (event) => {
  const found = rows.findIndex((one) => one.contains(event.target));
  if (found >= 0) here = found;
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || !rows.length) return;
  if (event.key === "Escape" && event.target.matches("[data-impact]")) return stand(here);
  if (event.key === "Enter" && event.target.matches("[data-impact]")) {
    event.preventDefault();
    return stand(here);
  }
  if (event.target.matches("input, textarea")) return;
  const row = rows[Math.max(here, 0)];
  const reasons = [...part(row, "why").options].map((one) => one.value);
  if (waits && event.key >= "1" && event.key <= "5") {
    waits = false;
    decide("not-affected", reasons[Number(event.key)]);
  } else {
    waits = event.key === "n";
    if (event.key === "j") stand(here + 1);
    else if (event.key === "k") stand(here - 1);
    else if (event.key === "Enter") {
      if (event.target.matches("a, button, select, summary") || !propose(row)) return;
    } else if (event.key === "a") decide("affected", "");
    else if (event.key === "f") decide("fixed", "");
    else if (event.key === "u") decide("under-investigation", "");
    else if (event.key === "e") {
      stand(Math.max(here, 0));
      part(row, "impact").focus();
    } else if (event.key === "?") document.getElementById("keys").focus();
    else if (event.key === "." && past.length) undo();
    else if (!waits) return;
  }
  event.preventDefault();
});
count();
