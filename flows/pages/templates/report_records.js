// The records of the trials, packed in the page, and small helpers.

// Unpack the records: `trials` in the order of the table's rows, `towns`, `source` and `day`; `study` is the
// address of the registry's page of a trial, without its number.
const readRecords = async () => {
  const packed = Uint8Array.from(atob(document.getElementById("records").textContent), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
};

// Make an element. Children that are strings become text, so no text of a record becomes HTML.
const makeElement = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

const formatCount = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;

// Return a date with a word where it is only expected: ["2027-01", "estimated"] gives "2027-01 (estimated)".
const formatDate = ([date, type] = []) => (type === "estimated" ? `${date} (estimated)` : date ?? "");
