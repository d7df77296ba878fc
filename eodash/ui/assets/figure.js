/* Takes a drawn chart along: its layers become one SVG with its own font and pictures, and a PNG is painted from that. */
(function () {
  if (window.eodashFigure) return;
  window.eodashFigure = true;

  const SVG = "http://www.w3.org/2000/svg";
  const FAMILY = "Source Sans";
  const SIDE = 16;
  const TITLE = { size: 17, line: 22 };
  const SHARPNESS = 2;

  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("button.eo-take");
    if (button) take(button).catch((error) => console.warn("The figure was not taken along:", error));
  });

  async function take(button) {
    const box = button.closest("[class*='st-key-figure-']");
    const chart = box && box.querySelector(".js-plotly-plot");
    if (!chart) return;
    const kind = button.dataset.take;
    if (kind !== "large") button.disabled = true; // a dialog gives the keyboard back to what can take it
    try {
      const said = button.parentElement.dataset;
      const made = await drawing(chart, said.question, said.alt);
      if (kind === "large") {
        made.svg.querySelector("style").remove(); // the page has the font
        return large(made.svg, said);
      }
      const text = new XMLSerializer().serializeToString(made.svg);
      const blob = new Blob([text], { type: "image/svg+xml;charset=utf-8" });
      save(kind === "svg" ? blob : await painted(blob, made), `${said.name}.${kind}`);
    } finally {
      button.disabled = false;
      if (kind !== "large") button.focus();
    }
  }

  /* The drawing over the whole window, letters and all; Escape closes it, and the keyboard is back where it was. */
  function large(svg, said) {
    const stage = document.createElement("dialog");
    stage.className = "eo-large";
    stage.setAttribute("aria-label", said.question);
    const close = Object.assign(document.createElement("button"), { type: "button", className: "eo-take", textContent: "Close" });
    close.addEventListener("click", () => stage.close());
    stage.addEventListener("close", () => stage.remove());
    stage.append(close, svg);
    document.body.append(stage);
    stage.showModal();
  }

  /* One SVG of all layers, under the question and on the colour of the page. */
  async function drawing(chart, question, alt) {
    const layers = [...chart.querySelectorAll(".svg-container > .main-svg, .svg-container > .gl-container > .main-svg")];
    const { width, height } = chart.getBoundingClientRect();
    const lines = wrapped(question || "", width);
    const top = SIDE + lines.length * TITLE.line;
    const page = getComputedStyle(document.documentElement);
    const full = { width: Math.ceil(width + 2 * SIDE), height: Math.ceil(top + height + SIDE) };
    const svg = made("svg", { width: full.width, height: full.height, viewBox: `0 0 ${full.width} ${full.height}` });
    svg.append(worded("title", question), worded("desc", alt));
    svg.append(made("rect", { width: "100%", height: "100%", fill: page.getPropertyValue("--eo-page").trim() || "#FFFFFF" }));
    const words = { x: SIDE, "font-size": TITLE.size, "font-weight": 600, "font-family": `${FAMILY}, sans-serif` };
    lines.forEach((line, place) => {
      const ink = { y: SIDE + TITLE.size + (place - 0.2) * TITLE.line, fill: page.getPropertyValue("--eo-ink").trim() };
      svg.append(worded("text", line, { ...words, ...ink }));
    });
    for (const layer of layers) {
      const copy = layer.cloneNode(true);
      plain(layer, copy);
      const place = made("g", { transform: `translate(${SIDE} ${top})` });
      place.append(...copy.childNodes);
      svg.append(place);
    }
    await Promise.all([...svg.querySelectorAll("image")].map(inlined));
    svg.prepend(worded("style", await face()));
    return { svg, ...full };
  }

  /* What the page's own rules hide stays hidden, and patterns are looked for in this file. */
  function plain(live, copy) {
    const pairs = [[...live.querySelectorAll("*")], [...copy.querySelectorAll("*")]];
    pairs[0].forEach((one, place) => {
      const other = pairs[1][place];
      if (one.closest(".hoverlayer") || getComputedStyle(one).display === "none") other.setAttribute("display", "none");
      other.style.vectorEffect = "none"; // otherwise a sharper painting has thinner lines
      for (const name of ["fill", "stroke", "clip-path", "style"]) {
        const value = other.getAttribute(name);
        if (value && value.includes("url(")) other.setAttribute(name, value.replace(/url\((["']?)[^)"'#]*#([^)"']+)\1\)/g, "url(#$2)"));
      }
    });
  }

  /* A picture from this server, as part of the file; one that cannot be had is left out. */
  async function inlined(image) {
    const name = image.hasAttribute("href") ? "href" : "xlink:href";
    const address = image.getAttribute(name);
    if (!address || address.startsWith("data:")) return;
    try {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(answer.statusText);
      image.setAttribute(name, await coded(await answer.blob()));
    } catch {
      image.remove();
    }
  }

  function coded(blob) {
    return new Promise((done, failed) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result);
      reader.onerror = () => failed(reader.error);
      reader.readAsDataURL(blob);
    });
  }

  /* The page's own upright font; without it a picture would be set in whatever the reader has. */
  let kept = null;
  function face() {
    kept = kept || find().catch(() => ((kept = null), ""));
    return kept;
  }

  async function find() {
    const rules = [...document.styleSheets].flatMap((sheet) => {
      try {
        return [...sheet.cssRules];
      } catch {
        return [];
      }
    });
    const mine = rules.find(
      (rule) => rule instanceof CSSFontFaceRule && rule.style.getPropertyValue("font-family").replace(/["']/g, "") === FAMILY
        && rule.style.getPropertyValue("font-style") !== "italic",
    );
    const path = mine && /url\(["']?([^"')]+)/.exec(mine.style.getPropertyValue("src") || mine.cssText);
    if (!path) return "";
    const sheet = mine.parentStyleSheet.href || document.baseURI;
    const answer = await fetch(new URL(path[1], sheet));
    if (!answer.ok) return "";
    const weight = mine.style.getPropertyValue("font-weight") || "200 900";
    return `@font-face{font-family:"${FAMILY}";font-weight:${weight};src:url(${await coded(await answer.blob())}) format("woff2")}`;
  }

  async function painted(blob, size) {
    const address = URL.createObjectURL(blob);
    try {
      const image = new Image();
      image.src = address;
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width: size.width * SHARPNESS, height: size.height * SHARPNESS });
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      return await new Promise((done, failed) =>
        canvas.toBlob((made) => (made ? done(made) : failed(new Error("nothing was painted"))), "image/png"));
    } finally {
      URL.revokeObjectURL(address);
    }
  }

  function save(blob, name) {
    const address = URL.createObjectURL(blob);
    const link = Object.assign(document.createElement("a"), { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  }

  function wrapped(text, width) {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `600 ${TITLE.size}px "${FAMILY}", sans-serif`;
    return text.split(/\s+/).filter(Boolean).reduce((lines, word) => {
      const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
      if (lines.length && pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
      return lines;
    }, []);
  }

  function made(name, attributes) {
    const element = document.createElementNS(SVG, name);
    Object.entries(attributes || {}).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  }

  function worded(name, text, attributes) {
    const element = made(name, attributes);
    element.textContent = text || "";
    return element;
  }
})();
