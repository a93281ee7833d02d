// The palette: Ctrl K opens it, words narrow it down, arrows choose, Enter goes. Without it there is the page of what is found.
"use strict";

(() => {
  const WAIT = 120;
  const palette = document.getElementById("palette");
  if (!palette) return;
  const form = palette.querySelector("form");
  const asked = form.querySelector("[name=q]");
  const goes = document.getElementById("goes");
  let timer = 0;
  let asking = null;

  const options = () => [...goes.querySelectorAll("[role=option]")];
  const chosen = () => goes.querySelector("[aria-selected=true]");

  const choose = (option) => {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    if (option) {
      asked.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else asked.removeAttribute("aria-activedescendant");
  };

  const ask = async () => {
    asking?.abort();
    const own = (asking = new AbortController());
    const what = new URLSearchParams(new FormData(form));
    const answer = await fetch(`/go?${what}`, { headers: { Accept: "text/html" }, signal: own.signal });
    if (!answer.ok || answer.redirected) return;
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    if (asking !== own) return;
    goes.replaceChildren(...found.childNodes);
    goes.dataset.of = asked.value;
    choose(options()[0]);
  };

  const fill = () => ask().catch(() => {});

  const move = (step) => {
    const every = options();
    const at = every.indexOf(chosen());
    if (every.length) choose(every[(at + step + every.length) % every.length]);
  };

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (palette.open) return palette.close();
    asked.value = "";
    palette.showModal();
    asked.focus();
    fill();
  });

  asked.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(fill, WAIT);
  });

  asked.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    move(step);
  });

  const go = (option) => {
    palette.close();
    location.assign(option.dataset.to);
  };

  // Enter goes to what is chosen; where that answers an older question, the page of what is found answers this one.
  form.addEventListener("submit", (event) => {
    const option = goes.dataset.of === asked.value ? chosen() : null;
    if (!option) return;
    event.preventDefault();
    go(option);
  });

  goes.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) go(option);
  });

  palette.addEventListener("click", (event) => event.target === palette && palette.close());
})();
