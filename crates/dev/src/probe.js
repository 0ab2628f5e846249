// Looks at a page from inside, for the checks of this repository; what it finds it tells the frame's page.
addEventListener("load", () => {
  // What is folded must be as good as what is not.
  for (const part of document.querySelectorAll("details")) part.open = true;
  setTimeout(() => {
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
  const found = { width: document.documentElement.scrollWidth, room: innerWidth, contrast: 99, faint: "", empty: 0, drawn: 0, overlaps: "", squeezed: "", unreachable: "" };
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
  // Whatever can be opened, followed or scrolled can be reached by keyboard.
  for (const element of document.querySelectorAll("a[href], summary, input, .scroll")) {
    if (!element.getBoundingClientRect().width) continue;
    element.focus({ preventScroll: true });
    if (document.activeElement !== element) found.unreachable ||= element.textContent.trim().slice(0, 60) || element.tagName;
  }
  parent.postMessage(JSON.stringify(found), "*");
  }, 4000);
});
