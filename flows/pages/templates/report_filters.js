// The filters: within a filter any choice may match, and every filter with a choice has to match.

// Return the trials that match, and how many would match each choice of a filter, given the choices of the others.
// `chosen` has the values of each filter.
const filterTrials = (trials, chosen) => {
  const filters = Object.entries(chosen).filter(([, values]) => values.length);
  const matching = [];
  const counts = new Map();
  for (const trial of trials) {
    const failed = filters.filter(([name, values]) => !values.some((value) => trial.values[name].includes(value)));
    if (!failed.length) matching.push(trial);
    if (failed.length > 1) continue;
    // A trial that fails one filter would match if that filter had another choice, so it counts there.
    const counted = failed.length ? [failed[0][0]] : Object.keys(trial.values);
    for (const name of counted) {
      for (const value of trial.values[name]) {
        const key = `${name}=${value}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
  }
  return { matching, counts };
};

// Write the counts beside the choices, and the number of choices beside the name of their filter.
const showCounts = (form, counts) => {
  for (const box of form.querySelectorAll("input[type=checkbox]")) {
    const count = counts.get(`${box.name}=${box.value}`) ?? 0;
    box.parentElement.lastElementChild.textContent = count.toLocaleString("en");
    box.parentElement.classList.toggle("without", !count);
  }
  for (const filter of form.querySelectorAll(".filter")) {
    const count = filter.querySelectorAll(":checked").length;
    filter.querySelector(".chosen").textContent = count ? ` ${count}` : "";
  }
};

// Say in a sentence what is chosen and searched, for readers and for paper.
const describeChoices = (form) => {
  const parts = [];
  for (const filter of form.querySelectorAll(".filter")) {
    const labels = [...filter.querySelectorAll(":checked")].map((box) => box.nextElementSibling.textContent);
    if (labels.length) parts.push(`${filter.dataset.label}: ${labels.join(" or ")}`);
  }
  const words = form.elements.words.value.trim();
  if (words) parts.push(`Search: ${words}`);
  return parts.join(" · ");
};

// A filter closes with Escape, and when the reader goes elsewhere; one is open at a time.
const closeFiltersBehindReader = (form) => {
  const filters = [...form.querySelectorAll(".filter")];
  const closeOthers = (target) => {
    for (const filter of filters) if (!filter.contains(target)) filter.open = false;
  };
  document.addEventListener("pointerdown", (event) => closeOthers(event.target));
  document.addEventListener("focusin", (event) => closeOthers(event.target));
  form.addEventListener("keydown", (event) => {
    const filter = event.target.closest(".filter[open]");
    if (event.key !== "Escape" || !filter) return;
    filter.open = false;
    filter.querySelector("summary").focus();
  });
};
