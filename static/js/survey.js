// What the questionnaire gains with JavaScript: progress, and choices that keep themselves.
"use strict";

const form = document.querySelector("form.survey");
const bar = document.querySelector("#progress");
const words = document.querySelector("#progress-words");
const status = document.querySelector("#kept");

// A question that the first answer rules out does not count.
const asked = () => [...form.querySelectorAll("fieldset.numbered")].filter(
  (question) => getComputedStyle(question).display !== "none",
);
const showProgress = () => {
  const questions = asked();
  const done = questions.filter((question) => question.querySelector(":checked")).length;
  bar.max = questions.length;
  bar.value = done;
  words.textContent = words.dataset.words
    .replace("[done]", done).replace("[all]", questions.length);
};

const keep = async () => {
  try {
    const response = await fetch(form.dataset.keep, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "X-Kept-By": "script" },
      redirect: "manual",
    });
    // Anything else means that the link takes nothing any more: the page says so when it is sent.
    status.textContent = response.status === 204 ? status.dataset.kept : "";
  } catch {
    status.textContent = status.dataset.notKept;
  }
};
let waiting = 0;
const keepSoon = () => {
  clearTimeout(waiting);
  waiting = setTimeout(keep, 700);
};

document.querySelector(".survey-progress").hidden = false;
form.addEventListener("change", () => { showProgress(); keepSoon(); });
form.addEventListener("input", keepSoon);
form.addEventListener("submit", (event) => {
  clearTimeout(waiting);
  // The second press of an impatient hand is not a second answer.
  if (form.dataset.sending) event.preventDefault();
  form.dataset.sending = "yes";
});
window.addEventListener("pageshow", () => { delete form.dataset.sending; showProgress(); });
showProgress();
