// What the reader does with the trials that are shown or picked. `report` is the state in report.js.

const copyNumbers = async () => {
  const numbers = report.shown.map(({ id }) => id);
  const isCopied = await copyText(numbers.join("\n"));
  say(isCopied ? `${formatCount(numbers.length, "NCT number")} copied.` : "The browser did not let this page copy.");
};

const saveAs = (ending, type, makeText) => {
  const name = `trials-${report.day}.${ending}`;
  saveFile(name, type, makeText(report.shown, report));
  say(`${formatCount(report.shown.length, "trial")} saved as ${name}.`);
};

const pickTrial = (trial) => {
  const { picked } = report;
  say("");
  if (!trial.box.checked) picked.delete(trial.id);
  else if (picked.size < MOST_COMPARED) picked.add(trial.id);
  else say(`${MOST_COMPARED} trials are picked already: take one away first.`);
  showPicks();
  keepStep({ isSameStep: true });
};

const openComparison = () => {
  if (report.picked.size < 2) {
    say("Pick two to four trials in the table's column Compare first.");
    return;
  }
  report.isCompared = true;
  showPicks();
  keepStep();
  parts.comparison.scrollIntoView();
  document.getElementById("comparison-title").focus({ preventScroll: true });
};

const closeComparison = ({ isEmptied }) => {
  if (isEmptied) report.picked.clear();
  report.isCompared = false;
  showPicks();
  keepStep();
  if (isEmptied) say("No trial is picked.");
  parts.compareButton.focus();
};

const ACTIONS = {
  copy: copyNumbers,
  csv: () => saveAs("csv", "text/csv;charset=utf-8", makeCsv),
  ris: () => saveAs("ris", "application/x-research-info-systems", makeRis),
  compare: openComparison,
  close: () => closeComparison({ isEmptied: false }),
  unpick: () => closeComparison({ isEmptied: true }),
};
