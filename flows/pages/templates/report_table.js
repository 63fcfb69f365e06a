// The table: which rows it shows, in which order, and where the search has found its words.

const COLUMNS = ["title", "status", "phase", "start", "enrollment", "countries"];
const FIRST_SORT = { column: "start", direction: "descending" };

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

const compareValues = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a ?? "", b ?? ""));

// Sort trials by a column. Those without a value come last in both directions, and equal ones keep their first order.
const sortTrials = (trials, { column, direction }) => {
  const at = COLUMNS.indexOf(column);
  const sign = direction === "ascending" ? 1 : -1;
  const isEmpty = (value) => value === null || value === "";
  trials.sort((one, other) => {
    const [a, b] = [one.sort[at], other.sort[at]];
    return isEmpty(a) - isEmpty(b) || sign * compareValues(a, b) || one.number - other.number;
  });
};

// Show the direction on the heading of the column, and put the rows in order.
const showOrder = (table, trials, { column, direction }) => {
  for (const heading of table.tHead.querySelectorAll("[data-column]")) {
    if (heading.dataset.column === column) heading.setAttribute("aria-sort", direction);
    else heading.removeAttribute("aria-sort");
  }
  // Moving thousands of rows takes a moment, so rows in order stay where they are.
  const rows = trials.map(({ row }) => row);
  if (rows.some((row, number) => row !== table.tBodies[0].rows[number])) table.tBodies[0].append(...rows);
};

// Write the name of a trial into its row with the words marked, and below it where else they stand.
const showHits = (trial, words, found) => {
  const { row } = trial;
  row.querySelector(".hits")?.remove();
  if (!words.length && !row.querySelector("mark")) return;
  for (const element of row.querySelectorAll("[data-marked]")) {
    element.replaceChildren(...markWords(element.textContent, words));
  }
  if (!found.hits?.length) return;
  const list = makeElement("ul", { class: "hits" });
  for (const { place, text } of found.hits) {
    list.append(makeElement("li", {}, makeElement("i", {}, `in ${place}: `), ...markWords(cutSnippet(text, words), words)));
  }
  if (found.others.length) list.append(makeElement("li", {}, makeElement("i", {}, `also in ${found.others.join("; ")}`)));
  row.querySelector("th").append(list);
};

// Headings become buttons here, because without this script they would do nothing.
const makeHeadingsButtons = (table, sortBy) => {
  for (const heading of table.tHead.querySelectorAll("[data-column]")) {
    const button = makeElement("button", { type: "button" }, ...heading.childNodes);
    button.addEventListener("click", () => {
      const opposite = { ascending: "descending", descending: "ascending" };
      const direction = opposite[heading.getAttribute("aria-sort")] ?? heading.dataset.first ?? "ascending";
      sortBy({ column: heading.dataset.column, direction });
    });
    heading.append(button);
  }
};
