// Cards of ids, copying, and keys. Every page works without it.
"use strict";

(() => {
  const DELAY = 300;
  const cards = new Map();
  let card = null;
  let timer = 0;
  let held = null;

  const hide = () => {
    clearTimeout(timer);
    if (card) card.remove();
    if (held) held.removeAttribute("aria-describedby");
    card = held = null;
  };

  const place = (link) => {
    const at = link.getBoundingClientRect();
    const width = Math.min(400, document.documentElement.clientWidth - 16);
    const left = Math.max(8, Math.min(at.left - 4, document.documentElement.clientWidth - width - 8));
    card.style.left = `${left + scrollX}px`;
    card.style.top = `${at.bottom + scrollY + 6}px`;
    const over = card.getBoundingClientRect().bottom - innerHeight;
    if (over > 0 && at.top > card.offsetHeight + 12) card.style.top = `${at.top + scrollY - card.offsetHeight - 6}px`;
  };

  const show = async (link) => {
    const address = link.dataset.card;
    if (!cards.has(address)) {
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      cards.set(address, new DOMParser().parseFromString(await answer.text(), "text/html").body);
    }
    if (held !== link) return;
    card = document.createElement("div");
    card.className = "card";
    card.id = "card";
    card.setAttribute("role", "tooltip");
    card.append(...cards.get(address).cloneNode(true).childNodes);
    document.body.append(card);
    link.setAttribute("aria-describedby", "card");
    place(link);
  };

  const ask = (event) => {
    const link = event.target.closest?.("a[data-card]");
    if (!link || link === held) return;
    hide();
    held = link;
    timer = setTimeout(() => show(link).catch(hide), DELAY);
  };

  const leave = (event) => {
    if (held && event.target.closest?.("a[data-card]") === held && document.activeElement !== held) hide();
  };

  document.addEventListener("mouseover", ask);
  document.addEventListener("focusin", (event) => (event.target.matches?.("a[data-card]") ? ask(event) : hide()));
  document.addEventListener("mouseout", leave);

  const copy = (text, from) => {
    if (!navigator.clipboard) return;
    navigator.clipboard.writeText(text).then(() => {
      if (!from) return;
      from.textContent = "Copied";
      setTimeout(() => (from.textContent = "Copy"), 1500);
    }, () => {});
  };

  for (const place of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    const text = place.tagName === "PRE" ? place.textContent : place.textContent.trim();
    button.type = "button";
    button.className = "copy small";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${text.slice(0, 24)}`);
    button.addEventListener("click", () => copy(text, button));
    place.after(" ", button);
  }

  const menus = document.querySelectorAll("details.menu");
  const close = (but) => menus.forEach((menu) => menu !== but && (menu.open = false));
  menus.forEach((menu) => menu.addEventListener("toggle", () => menu.open && close(menu)));
  document.addEventListener("click", (event) => close(event.target.closest?.("details.menu")));

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input, select, textarea");
    if (event.key === "Escape") {
      hide();
      const open = document.querySelector("details.menu[open]");
      if (open) {
        open.open = false;
        open.querySelector("summary").focus();
      }
      return;
    }
    if (typing || event.altKey) return;
    const find = document.querySelector(".top > .find input");
    if (event.key === "/") {
      if (!find || !find.offsetParent) return;
      event.preventDefault();
      find.focus();
      find.select();
    } else if (event.key === "c" && !event.ctrlKey && !event.metaKey && held) {
      copy(held.textContent.trim());
    } else if (event.key === "g" && !event.ctrlKey && !event.metaKey) {
      const holes = [...document.querySelectorAll(".cell.gap a")];
      const at = holes.indexOf(document.activeElement);
      if (holes.length) holes[(at + 1) % holes.length].focus();
    }
  });
})();
