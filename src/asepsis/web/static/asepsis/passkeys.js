// Passkeys: a form that carries `data-passkey` asks the device to make ("create") or to use ("get") one, then sends itself.
"use strict";

const form_options = async (form) => {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.dataset.from, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return (await answer.json()).request_options;
};

const resident = (options) => {
  options.publicKey.authenticatorSelection = {
    ...options.publicKey.authenticatorSelection,
    residentKey: "required",
    requireResidentKey: true,
    userVerification: "required",
  };
  return options;
};

// What is chosen in another form goes along: `data-with` names that form.
const carry = (form) => {
  const other = form.dataset.with && document.getElementById(form.dataset.with);
  for (const one of other ? other.elements : []) {
    if (one.type !== "checkbox" || !one.checked) continue;
    const copy = document.createElement("input");
    Object.assign(copy, { type: "hidden", name: one.name, value: one.value });
    form.append(copy);
  }
};

const told = {
  NotAllowedError: "The device did not do it: it was stopped, took too long, or has no passkey for this address.",
  InvalidStateError: "This device holds a passkey of yours already.",
  SecurityError: "Passkeys need a name: open this page under https, or as http://localhost with its port.",
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential || !window.webauthnJSON) continue;
  form.hidden = false;
  form.querySelector("button[type=button]").addEventListener("click", async () => {
    const wrong = form.querySelector(".wrong");
    wrong.textContent = "";
    try {
      const options = await form_options(form);
      const made =
        form.dataset.passkey === "create"
          ? await window.webauthnJSON.create(resident(options))
          : await window.webauthnJSON.get(options);
      form.querySelector("[name=credential]").value = JSON.stringify(made);
      carry(form);
      form.submit();
    } catch (error) {
      wrong.textContent = told[error.name] || "The passkey could not be used here. Nothing was sent.";
    }
  });
}
