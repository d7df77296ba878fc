/* Two dates at once: a divider over one map, or two maps that move together; and a map as large as the screen. */
eodash.compare = (function () {
  let left, right, box, divider, following;
  let share = 50; // per cent of the width that belongs to the first date
  const tags = {};
  const heard = []; // what this file listens to on the first map while there is a second one

  /* The page shows one date, swipes between two, or lays two maps side by side; answers with the second map. */
  function arrange(map, way, said) {
    left = map;
    if ((way === "swipe") !== Boolean(divider)) way === "swipe" ? split() : join();
    if ((way === "side") !== Boolean(right)) way === "side" ? open() : close();
    label("a", said[0], divider || (right && left.getContainer()));
    label("b", said[1], divider || (right && box));
    clip();
    return right;
  }

  /* What stands on each side: the day, and the layer under it. */
  function label(side, said, place) {
    if (tags[side] && (!said || tags[side].parentNode !== place)) {
      tags[side].remove();
      delete tags[side];
    }
    if (!said || !place) return;
    if (!tags[side]) tags[side] = L.DomUtil.create("div", "eodash-tag eodash-tag-" + side, place);
    const day = document.createElement("b");
    day.textContent = said[0];
    tags[side].replaceChildren(day, document.createElement("br"), said[1]);
    if (divider) divider.setAttribute("aria-label", "Divider: " + Object.values(tags).map((tag) => tag.innerText.replace("\n", ", ")).join(" | "));
  }

  /* Each picture is cut at the divider, in the coordinates of its pane, which moves with the map. The first one stays
     whole until the second one is there. */
  function clip() {
    if (!left) return;
    const [a, b] = ["scene-a", "scene-b"].map((name) => left.getPane(name));
    const second = left.eodash.pictures.b;
    if (!divider || !second || !second.ready) {
      a.style.clipPath = b.style.clipPath = "";
      return;
    }
    const size = left.getSize();
    const points = [[0, 0], [(size.x * share) / 100, 0], [size.x, size.y]];
    const [start, cut, end] = points.map((place) => left.containerPointToLayerPoint(place));
    const rectangle = (x0, x1) =>
      `polygon(${x0}px ${start.y}px, ${x1}px ${start.y}px, ${x1}px ${end.y}px, ${x0}px ${end.y}px)`;
    a.style.clipPath = rectangle(start.x, cut.x);
    b.style.clipPath = rectangle(cut.x, end.x);
  }

  function put(wanted) {
    share = Math.min(100, Math.max(0, wanted));
    divider.style.left = share + "%";
    divider.setAttribute("aria-valuenow", String(Math.round(share)));
    divider.setAttribute("aria-valuetext", Math.round(share) + " % of the width shows the first date");
    clip();
  }

  function split() {
    divider = L.DomUtil.create("div", "eodash-divider", left.getContainer());
    L.DomUtil.create("span", "eodash-grip", divider).textContent = "‹ ›";
    const said = { role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": 100, "aria-orientation": "horizontal" };
    Object.entries(said).forEach(([name, value]) => divider.setAttribute(name, value));
    L.DomEvent.disableClickPropagation(divider);
    divider.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      divider.setPointerCapture(event.pointerId);
      divider.focus({ preventScroll: true });
      event.preventDefault();
    });
    divider.addEventListener("pointermove", (event) => {
      if (!divider || !divider.hasPointerCapture(event.pointerId)) return;
      const frame = left.getContainer().getBoundingClientRect();
      put((100 * (event.clientX - frame.left)) / frame.width);
    });
    const steps = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100 };
    divider.addEventListener("keydown", (event) => {
      if (!(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      put(share + steps[event.key] * (event.shiftKey ? 5 : 1));
    });
    left.on("move zoomend resize", clip);
    put(share);
  }

  function join() {
    left.off("move zoomend resize", clip);
    divider.remove();
    divider = undefined;
  }

  function open() {
    document.body.classList.add("eodash-two");
    box = L.DomUtil.create("div", "eodash-right", left.getContainer().parentNode);
    left.invalidateSize({ animate: false });
    right = eodash.twin(left, box);
    follow(left, right);
    follow(right, left);
    right.on("click", (event) => left.fire("click", { latlng: event.latlng }));
    right.on("dragstart dblclick boxzoomend", () => (left.eodash.touched = true));
    right.watched = new ResizeObserver(() => {
      following = true;
      right.invalidateSize({ animate: false, pan: false });
      right.setView(left.getCenter(), left.getZoom(), { animate: false });
      following = false;
    });
    right.watched.observe(box);
  }

  function close() {
    right.watched.disconnect();
    heard.splice(0).forEach(([names, act]) => left.off(names, act));
    right.remove();
    box.remove();
    right = box = undefined;
    document.body.classList.remove("eodash-two");
    if (left.eodash.ghost) left.eodash.ghost.remove();
    left.invalidateSize({ animate: false });
  }

  /* Where one map goes, the other goes; where the mouse is on one, a cross is on the other. */
  function follow(from, to) {
    const lead = (act) => {
      if (following || !right) return;
      following = true;
      act();
      following = false;
    };
    const also = (center, zoom, animate) => lead(() => to.setView(center, zoom, { animate }));
    const cross = L.divIcon({ className: "eodash-ghost", iconSize: [22, 22] });
    const ghost = (to.eodash.ghost = L.marker([0, 0], { icon: cross, interactive: false, keyboard: false }));
    const on = (names, act) => from.on(names, act) === left && heard.push([names, act]);
    on("move zoomend", () => also(from.getCenter(), from.getZoom(), false));
    on("zoomanim", (event) => event.noUpdate || also(event.center, event.zoom, true));
    on("mousemove", (event) => right && ghost.setLatLng(event.latlng).addTo(to));
    on("mouseout", () => ghost.remove());
  }

  return { arrange, clip, right: () => right };
})();

/* A button that gives the map, with the controls around it, the whole screen; where the browser denies that, the whole page. */
eodash.full = function (map) {
  const stage = window.frameElement && window.frameElement.closest(".st-key-map-stage");
  if (!stage) return;
  const page = stage.ownerDocument;
  const root = page.documentElement;
  const control = L.control({ position: "topleft" });
  let button;
  const large = () => root.hasAttribute("data-eo-full");
  const say = () => {
    button.title = large() ? "Leave full screen (Esc)" : "Full screen";
    button.setAttribute("aria-label", button.title);
    button.setAttribute("aria-pressed", String(large()));
  };
  const leave = () => {
    if (!large()) return;
    root.removeAttribute("data-eo-full");
    document.body.classList.remove("eodash-large");
    if (page.fullscreenElement) page.exitFullscreen();
    say();
  };
  const enter = () => {
    root.setAttribute("data-eo-full", "");
    document.body.classList.add("eodash-large");
    if (root.requestFullscreen) root.requestFullscreen().catch(() => {});
    say();
  };
  const escape = (event) => event.key === "Escape" && !event.defaultPrevented && leave();
  const changed = () => page.fullscreenElement || leave();
  control.onAdd = () => {
    const bar = L.DomUtil.create("div", "leaflet-bar eodash-full");
    button = L.DomUtil.create("a", "", bar);
    button.href = "#";
    button.setAttribute("role", "button");
    button.innerHTML = "<svg viewBox='0 0 16 16' aria-hidden='true'><path d='M1 5V1h4M11 1h4v4M15 11v4h-4M5 15H1v-4'/></svg>";
    L.DomEvent.disableClickPropagation(bar);
    L.DomEvent.on(button, "click", (event) => {
      L.DomEvent.preventDefault(event);
      large() ? leave() : enter();
    });
    say();
    return bar;
  };
  control.addTo(map);
  [page, document].forEach((each) => each.addEventListener("keydown", escape));
  page.addEventListener("fullscreenchange", changed);
  window.addEventListener("pagehide", () => {
    leave();
    page.removeEventListener("keydown", escape);
    page.removeEventListener("fullscreenchange", changed);
  });
};
