// The report: the parts of the page, what the reader has chosen, and how both stay the same.
// What stands in the page without this script stays readable.

const find = (selector) => document.querySelector(selector);
const parts = {
  table: find("#table"), form: find(".finder"), map: find("#map"), comparison: find("#comparison"),
  compareButton: find("[data-action=compare]"), said: find(".said"), count: find(".shown-count"), choices: find(".choices"),
};
// The records, and what the reader has chosen beside the form: `shown` are the trials of the table, in its order.
const report = { trials: [], towns: [], sort: FIRST_SORT, picked: new Set(), isCompared: false, shown: [], place: "", typing: 0 };

const say = (words) => { parts.said.textContent = words; };

// Give each trial its row, its box for the comparison, and its place in the first order.
const connectRows = () => {
  [...parts.table.tBodies[0].rows].forEach((row, number) => {
    const trial = report.trials[number];
    const box = makeElement("input", { type: "checkbox", "aria-label": `Compare ${trial.id}` });
    box.addEventListener("change", () => pickTrial(trial));
    row.append(makeElement("td", { role: "cell", class: "pick" }, box));
    Object.assign(trial, { row, box, number, link: row.querySelector("a").getAttribute("href") });
  });
  const heading = makeElement("th", { scope: "col", role: "columnheader", class: "pick" }, "Compare");
  parts.table.tHead.rows[0].append(heading);
};

// Fold all texts before the first search: of thousands of trials that takes a moment, and many readers never search.
const prepareSearch = () => {
  if (report.trials[0]?.lines) return;
  for (const trial of report.trials) {
    trial.lines = listLines(trial, report.towns);
    trial.searched = trial.lines.map(({ folded }) => folded).join("\n");
  }
};

// Show the trials that the form asks for.
const showTrials = () => {
  const { trials } = report;
  const given = new FormData(parts.form);
  const words = splitWords(given.get("words"));
  if (words.length) prepareSearch();
  const found = new Map(trials.map((trial) => [trial, words.length ? findHits(trial, words) : {}]));
  const names = [...parts.form.querySelectorAll(".filter")].map((filter) => filter.dataset.filter);
  const chosen = Object.fromEntries(names.map((name) => [name, given.getAll(name)]));
  const { matching, counts } = filterTrials(trials.filter((trial) => found.get(trial)), chosen);
  report.shown = matching;
  const isShown = new Set(matching);
  for (const trial of trials) {
    trial.row.hidden = !isShown.has(trial);
    if (!trial.row.hidden) showHits(trial, words, found.get(trial));
  }
  showCounts(parts.form, counts);
  if (parts.map) showMap(parts.map, report.towns, matching);
  const all = formatCount(trials.length, "trial");
  const hint = matching.length ? "" : ": take back a word or a choice";
  parts.count.textContent = matching.length === trials.length ? all : `${matching.length.toLocaleString("en")} of ${all}${hint}`;
  parts.choices.textContent = describeChoices(parts.form);
};

const showSort = () => {
  sortTrials(report.trials, report.sort);
  sortTrials(report.shown, report.sort);
  showOrder(parts.table, report.trials, report.sort);
};

const showPicks = () => {
  const { trials, picked } = report;
  for (const trial of trials) trial.box.checked = picked.has(trial.id);
  parts.compareButton.textContent = picked.size ? `Compare ${formatCount(picked.size, "trial")}` : "Compare";
  if (picked.size < 2) report.isCompared = false;
  parts.comparison.hidden = !report.isCompared;
  if (report.isCompared) showComparison(parts.comparison, trials.filter(({ id }) => picked.has(id)));
};

const listParameters = () => {
  const parameters = new URLSearchParams([...new FormData(parts.form)].filter(([, value]) => value));
  const { column, direction } = report.sort;
  if (column !== FIRST_SORT.column || direction !== FIRST_SORT.direction) parameters.set("sort", `${column}.${direction}`);
  for (const id of report.picked) parameters.append("pick", id);
  if (report.isCompared) parameters.set("compare", "yes");
  return parameters;
};

// Write a step of the reader into the address, so that Back returns from it.
const keepStep = (options) => {
  clearTimeout(report.typing);
  report.place = "";
  writeAddress("", listParameters(), options);
};

// Check the boxes and fill in the words that the address names. Return what it names that this report does not have.
const fillForm = (parameters) => {
  parts.form.elements.words.value = parameters.get("words") ?? "";
  const unknown = [];
  for (const filter of parts.form.querySelectorAll(".filter")) {
    const wanted = new Set(parameters.getAll(filter.dataset.filter));
    for (const box of filter.querySelectorAll("input")) {
      box.checked = wanted.delete(box.value);
    }
    unknown.push(...wanted);
  }
  return unknown;
};

// Take over everything that the address says.
const followAddress = () => {
  clearTimeout(report.typing);
  const { place, parameters } = readAddress();
  const unknown = fillForm(parameters);
  const [column, direction] = (parameters.get("sort") ?? "").split(".");
  const isKnown = COLUMNS.includes(column) && ["ascending", "descending"].includes(direction);
  const picks = new Set(parameters.getAll("pick"));
  report.picked = new Set(report.trials.map(({ id }) => id).filter((id) => picks.delete(id)).slice(0, MOST_COMPARED));
  report.sort = isKnown ? { column, direction } : FIRST_SORT;
  report.isCompared = parameters.has("compare");
  report.place = place;
  unknown.push(...picks);
  say(unknown.length ? `Not in this report: ${unknown.join(", ")}.` : "");
  showSort();
  showTrials();
  showPicks();
  goTo(place);
};

const followStep = () => {
  const { place, parameters } = readAddress();
  if (history.state?.isOurs || parameters.toString()) {
    followAddress();
    return;
  }
  // The reader has followed a link to a place in the page: what was chosen stays, and the address says so.
  clearTimeout(report.typing);
  report.place = place;
  writeAddress(place, listParameters(), { isSameStep: true });
  goTo(place);
};

const changeForm = (isTyping) => {
  clearTimeout(report.typing);
  const change = (options) => {
    say("");
    showTrials();
    keepStep(options);
  };
  // The words of one search are one step. Wait until the reader pauses, because thousands of rows take a moment.
  const changeWords = () => change({ isSameStep: history.state?.isTyping, isTyping: true });
  if (isTyping) report.typing = setTimeout(changeWords, 150);
  else change();
};

const clearForm = (event) => {
  event.preventDefault();
  fillForm(new URLSearchParams());
  changeForm(false);
};

const sortBy = (sort) => {
  report.sort = sort;
  showSort();
  keepStep();
};

const start = async () => {
  Object.assign(report, await readRecords());
  connectRows();
  makeHeadingsButtons(parts.table, sortBy);
  parts.form.addEventListener("input", (event) => changeForm(event.target.name === "words"));
  parts.form.addEventListener("submit", (event) => event.preventDefault());
  parts.form.addEventListener("reset", clearForm);
  for (const button of document.querySelectorAll("[data-action]")) {
    button.addEventListener("click", ACTIONS[button.dataset.action]);
  }
  closeFiltersBehindReader(parts.form);
  addEventListener("hashchange", followStep);
  parts.form.hidden = false;
  find(".actions").hidden = false;
  history.replaceState({ isOurs: true }, "");
  followAddress();
};

// An old browser cannot unpack the records, and shows the page as without script.
if ("DecompressionStream" in window) await start();
