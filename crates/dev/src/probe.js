// Looks at a page from inside, for the checks of this repository; what it finds it tells the frame's page.
// A page printed before it has drawn its pictures: all that is not folded must be there at once, as wide as the paper wants it.
const printed = { pictures: 0, wrong: "" };
addEventListener("DOMContentLoaded", () => {
  dispatchEvent(new Event("beforeprint"));
  for (const plot of document.querySelectorAll(".plot")) {
    if (plot.closest("details:not([open])")) continue;
    printed.pictures += 1;
    const drawn = plot.querySelector(".main-svg");
    const wanted = plot.closest(".alone") ? 620 : 205;
    const width = drawn ? parseFloat(drawn.getAttribute("width")) : 0;
    if (width !== wanted) printed.wrong ||= `picture ${printed.pictures} is ${width} wide, not ${wanted}`;
  }
  const paper = document.documentElement.classList.contains("print");
  if (!paper) printed.wrong ||= "the page does not know that it is printed";
  dispatchEvent(new Event("afterprint"));
  if (document.documentElement.classList.contains("print")) printed.wrong ||= "after printing it still is on paper";
});
addEventListener("load", () => {
  // What is folded must be as good as what is not.
  for (const part of document.querySelectorAll("details")) part.open = true;
  const isWide = (place) => place.scrollWidth > place.clientWidth + 1;
  const isUnhinted = (place) => isWide(place) !== place.classList.contains("wide");
  // On a busy machine layouts may not have settled yet; what is still wrong after the last look is wrong.
  const look = (left) => {
  if (left > 0 && [...document.querySelectorAll(".scroll")].some(isUnhinted)) {
    setTimeout(look, 250, left - 1);
    return;
  }
  const parts = (colour) => (colour.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const opacity = (colour) => parts(colour)[3] ?? 1;
  const light = (colour) => {
    const [r, g, b] = parts(colour).slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (opacity(colour) > 0.5) return colour;
    }
    return "rgb(255,255,255)";
  };
  const found = { width: document.documentElement.scrollWidth, room: innerWidth, contrast: 99, faint: "", empty: 0, drawn: 0, overlaps: "", squeezed: "", unreachable: "", clipped: "", broken: "", unhinted: "", printed: printed.pictures, misprinted: printed.wrong };
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const box = element.getBoundingClientRect();
    if (!own || !box.width || ["SCRIPT", "STYLE"].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const colour = element.namespaceURI.endsWith("svg") ? style.fill : style.color;
    const [a, b] = [light(colour), light(ground(element))].sort((one, other) => other - one);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < found.contrast) Object.assign(found, { contrast, faint: element.textContent.trim().slice(0, 40) });
  }
  for (const plot of document.querySelectorAll(".plot")) {
    if (plot.closest("details:not([open])")) continue;
    found[plot.querySelector(".main-svg") ? "drawn" : "empty"] += 1;
  }
  const overlap = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  for (const axis of document.querySelectorAll("svg.axis, .xaxislayer-above, .yaxislayer-above")) {
    const labels = [...axis.querySelectorAll("text")].map((text) => [text.getBoundingClientRect(), text.textContent]);
    labels.slice(1).forEach(([box, text], before) => {
      if (overlap(labels[before][0], box)) found.overlaps = `${labels[before][1]} and ${text}`;
    });
  }
  // Words in a column so narrow that they stand one below the other.
  for (const cell of document.querySelectorAll("td, th")) {
    // The words' own height, not that of the row.
    const words = document.createRange();
    words.selectNodeContents(cell);
    const box = words.getBoundingClientRect();
    const text = cell.textContent.trim().replace(/\s+/g, " ");
    const lines = Math.round(box.height / parseFloat(getComputedStyle(cell).lineHeight));
    if (lines > 8 && text.length / lines < 8) found.squeezed ||= text.slice(0, 60);
  }
  // Nothing sticks out of the page but what scrolls in its own place, and there no picture out of its cell.
  const said = (element) => (element.getAttribute("aria-label") || element.textContent.trim()).replace(/\s+/g, " ").slice(0, 60) || element.tagName;
  for (const element of document.querySelectorAll("main *, nav *, header *")) {
    const box = element.getBoundingClientRect();
    if (!box.width || element.closest(".unseen, .plot, pre")) continue;
    const scroll = element.closest(".scroll");
    if (!(scroll && scroll !== element) && (box.right > innerWidth + 1 || box.left < -1)) found.clipped ||= said(element);
    const cell = element.matches("svg.strip, svg.axis") && element.closest("td, th, .scroll");
    if (cell && box.right > cell.getBoundingClientRect().right + 1) found.clipped ||= `picture of ${said(cell.closest("tr") ?? cell)}`;
  }
  for (const place of document.querySelectorAll(".scroll")) {
    if (isUnhinted(place)) found.unhinted ||= said(place);
    // On a screen the tables that are not folded stand whole; the register is as long as the scenario's notes.
    if (isWide(place) && innerWidth >= 1400 && !place.closest("details, .tall")) found.clipped ||= `table ${said(place)}`;
  }
  // A number and its unit stand in one line.
  const number = /(?:[A-Z]{3}\s)?\u2212?\d[\d.,]*(?:\s(?:%|k|m|bn|tn)(?![\w]))?/g;
  for (const element of document.querySelectorAll(".number, .number *, dd, dd *, #answer p, .panel-says, figcaption *")) {
    for (const node of element.childNodes) {
      if (node.nodeType !== 3 || element.closest(".unseen")) continue;
      for (const match of node.textContent.matchAll(number)) {
        const part = document.createRange();
        part.setStart(node, match.index);
        part.setEnd(node, match.index + match[0].trimEnd().length);
        const tops = [...part.getClientRects()].filter((box) => box.width).map((box) => box.top);
        if (tops.some((top) => Math.abs(top - tops[0]) > 2)) found.broken ||= `${match[0]} in ${said(element)}`;
      }
    }
  }
  // Whatever can be opened, followed or scrolled can be reached by keyboard.
  for (const element of document.querySelectorAll("a[href], summary, input, .scroll")) {
    if (!element.getBoundingClientRect().width) continue;
    element.focus({ preventScroll: true });
    if (document.activeElement !== element) found.unreachable ||= element.textContent.trim().slice(0, 60) || element.tagName;
  }
  parent.postMessage(JSON.stringify(found), "*");
  };
  setTimeout(look, 4000, 20);
});
