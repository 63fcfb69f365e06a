// What the reader has chosen stands in the part of the address behind "#": it works in a file on disk, in a mail and
// with Back, and no server gets it. "#NCT01234567&country=China" also names the place to go to.

// Read the address: the place, and the rest as parameters.
const readAddress = () => {
  const [first, ...others] = location.hash.slice(1).split("&");
  if (first.includes("=")) return { place: "", parameters: new URLSearchParams([first, ...others].join("&")) };
  return { place: first, parameters: new URLSearchParams(others.join("&")) };
};

// Write the address. `isSameStep`: change this step of the browser's history, instead of adding one.
const writeAddress = (place, parameters, { isSameStep = false, isTyping = false } = {}) => {
  const fragment = [place, parameters.toString()].filter(Boolean).join("&");
  // Without a fragment the address still needs its "#": a relative address that is empty keeps the old one.
  const address = `#${fragment}`;
  if (isSameStep) history.replaceState({ isOurs: true, isTyping }, "", address);
  else if (address !== (location.hash || "#")) history.pushState({ isOurs: true, isTyping }, "", address);
};

// Go to the place that the address names, and open the trial there.
const goTo = (place) => {
  const target = place && document.getElementById(place);
  if (!target) return;
  const page = target.closest("details");
  if (page) page.open = true;
  target.scrollIntoView();
};
