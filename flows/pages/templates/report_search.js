// The search: every word has to stand somewhere in a trial. What is in quotes counts as one word.

const MOST_HITS = 3; // snippets of a trial
const LONGEST_SNIPPET = 160; // characters
const BEFORE_HIT = 50; // characters of a snippet before the first word that was found

// Return the text in small letters without accents. It keeps its length, so a place in it is the same place in the text.
const fold = (text) => text.replace(/[\u00c0-\u024f\u1e00-\u1eff]/g, (letter) => letter.normalize("NFD")[0]).toLowerCase();

const splitWords = (query) => {
  const words = [...query.matchAll(/"([^"]+)"|[^\s"]+/g)].map(([word, phrase]) => fold(phrase ?? word).trim());
  return [...new Set(words)].filter(Boolean);
};

// List the texts that are searched, each with its place. What the row of the table shows anyway has no place.
const listLines = (trial, towns) => {
  const lines = [];
  const add = (place, texts) => {
    for (const text of [texts ?? []].flat()) lines.push({ place, text, folded: fold(text) });
  };
  add("", [trial.title, trial.id, trial.sponsor ?? ""]);
  add("official title", trial.official);
  add("acronym", trial.acronym);
  add("collaborators", trial.collaborators);
  add("countries", trial.countries);
  add("conditions", trial.conditions);
  add("interventions", trial.interventions);
  add("primary outcomes", trial.primaryOutcomes);
  add("secondary outcomes", trial.secondaryOutcomes);
  add("other outcomes", trial.otherOutcomes);
  add("eligibility, inclusion", trial.inclusion);
  add("eligibility, exclusion", trial.exclusion);
  add("eligibility", trial.criteria);
  add("keywords", trial.keywords);
  add("MeSH terms", trial.mesh);
  add("sites", trial.towns?.map((number) => towns[number][0]));
  add("summary", trial.summary);
  return lines;
};

// Return where the words stand in a trial, or null if one of them stands nowhere in it. `hits` are the lines to show:
// as few as have all words that the row of the table does not show. `others` names the other places of these words.
const findHits = (trial, words) => {
  if (!words.every((word) => trial.searched.includes(word))) return null;
  const shownInRow = trial.lines.filter(({ place }) => !place);
  let missing = words.filter((word) => !shownInRow.some(({ folded }) => folded.includes(word)));
  const lines = trial.lines.filter(({ folded }) => missing.some((word) => folded.includes(word)));
  const hits = [];
  while (missing.length && hits.length < MOST_HITS) {
    const countFound = ({ folded }) => missing.filter((word) => folded.includes(word)).length;
    const best = lines.reduce((one, other) => (countFound(other) > countFound(one) ? other : one));
    hits.push(best);
    missing = missing.filter((word) => !best.folded.includes(word));
  }
  const places = new Set(lines.map(({ place }) => place));
  for (const { place } of hits) places.delete(place);
  return { hits, others: [...places] };
};

// Return the text as strings and `mark` elements, with every one of the words marked.
const markWords = (text, words) => {
  const folded = fold(text);
  const ranges = [];
  for (const word of words) {
    for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + word.length)) ranges.push([at, at + word.length]);
  }
  ranges.sort(([a], [b]) => a - b);
  const parts = [];
  let done = 0;
  for (const [start, end] of ranges) {
    if (end <= done) continue;
    const from = Math.max(start, done);
    parts.push(text.slice(done, from), makeElement("mark", {}, text.slice(from, end)));
    done = end;
  }
  return [...parts, text.slice(done)].filter((part) => part !== "");
};

// Return the part of a text around the first of the words, cut between words, with "…" where something is left out.
const cutSnippet = (text, words) => {
  const folded = fold(text);
  const first = Math.min(...words.map((word) => folded.indexOf(word)).filter((at) => at >= 0));
  let start = Math.max(0, first - BEFORE_HIT);
  if (start) start = text.indexOf(" ", start) + 1 || start;
  if (start > first) start = first;
  let end = Math.min(text.length, start + LONGEST_SNIPPET);
  if (end < text.length) end = Math.max(text.lastIndexOf(" ", end), first + 1);
  return `${start ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`;
};
