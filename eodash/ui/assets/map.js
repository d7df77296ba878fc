/* What our maps do beyond Leaflet: an offline base, and one call that shows the state of a page without rebuilding the map. */
window.eodash = (function () {
  const INK = "#1A2126";

  /* Coast and borders where a view is wide enough to hold any, and a graticule: constant, from this server. */
  function base(map, options) {
    map.eodash = { options, pictures: {} };
    keepFitted(map);
    fit(map, options.bounds);
    ground(map);
    eodash.full(map);
    follow(map);
    mark(map);
  }

  /* A second map for the right-hand side; it follows the first one, so it fits nothing itself. */
  function twin(map, box) {
    const made = L.map(box, Object.assign({}, map.options, { zoomControl: false }));
    made.eodash = { options: map.eodash.options, pictures: {} };
    made.setView(map.getCenter(), map.getZoom(), { animate: false });
    ground(made);
    return made;
  }

  function ground(map) {
    const options = map.eodash.options;
    map.getContainer().style.background = options.ground;
    map.attributionControl.setPrefix(false);
    map.createPane("ground").style.zIndex = 150;
    ["a", "b"].forEach((slot, place) => (map.createPane("scene-" + slot).style.zIndex = 350 + place));
    const canvas = L.canvas({ pane: "ground", padding: 0.5 });
    const coast = () => {
      if (!options.atlas || map.getZoom() > 11) return;
      map.off("zoomend", coast);
      fetch(options.atlas)
        .then((answer) => answer.json())
        .then((world) => {
          const line = (mesh, weight) =>
            L.geoJSON(cut(mesh), { renderer: canvas, interactive: false, style: { color: options.line, weight, fill: false } }).addTo(map);
          line(topojson.mesh(world, world.objects.countries, (a, b) => a === b), 1.2);
          line(topojson.mesh(world, world.objects.countries, (a, b) => a !== b), 0.6);
        })
        .catch(() => {});
    };
    map.on("zoomend", coast);
    coast();
    graticule(map, canvas, options.line);
    tiles(map, options.tiles || []);
  }

  /* Lines that jump across the 180° meridian are cut there. */
  function cut(mesh) {
    const parts = [];
    mesh.coordinates.forEach((line) => {
      let part = [line[0]];
      for (let i = 1; i < line.length; i++) {
        if (Math.abs(line[i][0] - line[i - 1][0]) > 180) parts.push(part), (part = []);
        part.push(line[i]);
      }
      parts.push(part);
    });
    return { type: "MultiLineString", coordinates: parts.filter((part) => part.length > 1) };
  }

  /* A frame that gets its size late, or changes it, is fitted again, unless the reader has moved the map; pinning moves nothing. */
  function keepFitted(map) {
    const own = map.eodash;
    const frame = map.getContainer();
    const moved = () => (own.touched = true);
    map.on("dragstart boxzoomend draw:drawstart", moved);
    frame.addEventListener("dblclick", moved, true);
    frame.addEventListener("keydown", (event) => event.target === frame && moved(), true);
    frame.addEventListener("touchstart", (event) => event.touches.length > 1 && moved(), true);
    frame.addEventListener("click", (event) => event.target.closest(".leaflet-control-zoom") && moved(), true);
    new ResizeObserver(() => {
      map.invalidateSize({ animate: false });
      if (own.wanted && !own.touched) see(map, own.wanted);
    }).observe(frame);
  }

  function fit(map, bounds) {
    const own = map.eodash;
    if (!bounds || JSON.stringify(bounds) === JSON.stringify(own.wanted)) return;
    own.wanted = bounds;
    own.touched = false;
    see(map, bounds);
  }

  /* Leaflet divides by the size of the frame: one that has none yet is fitted when it gets one. */
  function see(map, bounds) {
    const size = map.getSize();
    if (size.x > 24 && size.y > 24) map.fitBounds(bounds, { animate: false, padding: [12, 12] });
    else map.setView(L.latLngBounds(bounds).getCenter(), 2, { animate: false });
  }

  /* Meridians and parallels at a step that suits the zoom, redrawn when the map has moved. */
  function graticule(map, canvas, colour) {
    const lines = L.layerGroup().addTo(map);
    const steps = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005];
    function draw() {
      lines.clearLayers();
      const box = map.getBounds();
      const width = Math.min(box.getEast() - box.getWest(), 360);
      const step = steps.find((s) => width / s >= 4) || 0.005;
      const style = { renderer: canvas, interactive: false, color: colour, weight: 0.8, dashArray: "2 5" };
      const from = (low) => Math.ceil(low / step) * step;
      for (let x = from(box.getWest()), n = 0; x <= box.getEast() && n < 60; x += step, n++)
        L.polyline([[Math.max(box.getSouth(), -85), x], [Math.min(box.getNorth(), 85), x]], style).addTo(lines);
      for (let y = from(Math.max(box.getSouth(), -85)), n = 0; y <= Math.min(box.getNorth(), 85) && n < 60; y += step, n++)
        L.polyline([[y, box.getWest()], [y, box.getEast()]], style).addTo(lines);
    }
    map.on("moveend", draw);
    map.whenReady(draw);
  }

  /* The usual tile layers, asked for only when somebody chooses one; without a network the choice falls back to the local base. */
  function tiles(map, offered) {
    if (!offered.length) return;
    const local = L.layerGroup().addTo(map);
    const choices = { "Local map": local };
    const control = L.control.layers(choices, {}, { position: "topright" });
    offered.forEach((tile) => {
      const layer = L.tileLayer(tile.url, { attribution: tile.attribution, maxZoom: tile.zoom, pane: "tilePane" });
      let loaded = false;
      layer.on("tileload", () => (loaded = true));
      layer.on("tileerror", () => {
        if (loaded || !map.hasLayer(layer)) return;
        map.removeLayer(layer);
        local.addTo(map);
        control.removeLayer(layer);
      });
      control.addBaseLayer(layer, tile.name);
    });
    control.addTo(map);
  }

  /* Everything that changes on a page: one or two pictures, the area, the pinned pixels, the view. */
  function show(map, state) {
    map.eodash.scene = state.scene;
    const way = state.compare || "one";
    const right = eodash.compare.arrange(map, way, state.tags || []);
    picture(map, "a", state.scene);
    picture(map, "b", way === "swipe" ? state.other : null);
    if (right) picture(right, "b", state.other);
    [map, right].filter(Boolean).forEach((each) => {
      area(each, state.area);
      pixels(each, state.pixels || []);
    });
    fit(map, state.fit);
  }

  /* The old picture stays until the new one is there: no flicker. */
  function picture(map, slot, said) {
    const drawn = map.eodash.pictures;
    if (!said) {
      if (drawn[slot]) drawn[slot].remove();
      delete drawn[slot];
    } else if (!drawn[slot]) {
      const name = slot === "a" ? "eodash-scene" : "eodash-scene-b";
      const made = L.imageOverlay(said.url, said.bounds, { alt: said.alt, className: name, pane: "scene-" + slot });
      made.on("load error", () => {
        made.ready = true;
        eodash.compare.clip();
      });
      drawn[slot] = made.addTo(map);
    } else if ((drawn[slot].wanted || drawn[slot]._url) !== said.url) {
      const overlay = drawn[slot];
      const wanted = (overlay.wanted = said.url);
      const loading = new Image();
      loading.onload = loading.onerror = () => {
        if (drawn[slot] !== overlay || overlay.wanted !== wanted) return;
        overlay.setUrl(wanted);
        overlay.setBounds(said.bounds);
        if (overlay.getElement()) overlay.getElement().alt = said.alt;
      };
      loading.src = wanted;
    }
  }

  /* A chart of the page may say which picture this map shows at each of its dates: hovering over one shows it here,
     leaving the chart brings back the page's own. Each picture comes once, and only where the pointer rests. */
  function follow(map) {
    const own = map.eodash;
    const frame = window.frameElement;
    let page;
    try {
      page = frame && frame.ownerDocument;
    } catch {
      return;
    }
    if (!page) return;
    let waiting, tag;
    const shown = (said, words) => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        if (own.scene && own.pictures.a) picture(map, "a", said ? { url: said, bounds: own.scene.bounds, alt: own.scene.alt } : own.scene);
        if (words && !tag) {
          tag = L.DomUtil.create("div", "eodash-moment", map.getContainer());
          tag.style.cssText = `position:absolute;z-index:700;top:10px;left:50%;transform:translateX(-50%);padding:2px 8px;border-radius:4px;background:${INK};color:#FFFFFF;font:14px "Source Sans",sans-serif;pointer-events:none`;
        }
        if (tag) tag.textContent = words || "";
        if (tag && !words) tag.remove(), (tag = null);
      }, said ? 70 : 150);
    };
    const moments = (chart) => {
      const said = chart.layout && chart.layout.meta && chart.layout.meta.eodash;
      const here = said && frame.closest(".st-key-" + said.stage);
      return here && said.moments.length > 1 ? said.moments : null;
    };
    const listen = (event) => {
      if (!frame.isConnected) return page.removeEventListener("pointerover", listen, true);
      const chart = event.target.closest && event.target.closest(".js-plotly-plot");
      if (!chart || !chart.on || heard.has(chart) || !moments(chart)) return;
      heard.add(chart);
      chart.on("plotly_hover", (at) => {
        const known = frame.isConnected && moments(chart);
        const time = at.points.length && Date.parse(String(at.points[0].x).replace(" ", "T").slice(0, 19) + "Z");
        if (!known || !time) return;
        const near = known.reduce((a, b) => (Math.abs(b[0] - time) < Math.abs(a[0] - time) ? b : a));
        shown(near[2], near[1]);
      });
      chart.on("plotly_unhover", () => frame.isConnected && shown(null, ""));
    };
    const heard = new WeakSet();
    page.addEventListener("pointerover", listen, true);
  }

  /* Where a click draws the map's neighbours anew and not the map, they say where its rings are now. */
  function mark(map) {
    const frame = window.frameElement;
    let page, last;
    try {
      page = frame && frame.ownerDocument;
    } catch {
      return;
    }
    if (!page) return;
    const look = () => {
      if (!frame.isConnected) return seen.disconnect();
      const here = frame.closest("[class*='st-key-map-stage']");
      const said = here && page.querySelector("[data-eo-rings]");
      if (!said || said.dataset.eoRings === last) return;
      last = said.dataset.eoRings;
      pixels(map, JSON.parse(last));
    };
    const seen = new MutationObserver(look);
    seen.observe(page.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-eo-rings"] });
  }

  function area(map, geometry) {
    const own = map.eodash;
    if (own.halo) own.halo.remove();
    delete own.halo;
    const editable = window.drawnItems && window.drawnItems.clearLayers;
    if (editable) window.drawnItems.clearLayers();
    if (!geometry) return;
    own.halo = L.geoJSON(geometry, { interactive: false, style: { color: "#FFFFFF", weight: 4.5, fill: false } }).addTo(map);
    const parts = geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates];
    parts.forEach((rings) => {
      const places = rings.map((ring) => ring.slice(0, -1).map(([x, y]) => [y, x]));
      const style = { color: INK, weight: 1.8, fillOpacity: 0, interactive: Boolean(editable) };
      const shape = isBox(rings) ? L.rectangle(L.latLngBounds(places[0]), style) : L.polygon(places, style);
      if (editable) window.drawnItems.addLayer(shape);
      else shape.addTo(own.halo);
    });
  }

  function isBox(rings) {
    if (rings.length !== 1 || rings[0].length !== 5) return false;
    return new Set(rings[0].map((p) => p[0])).size === 2 && new Set(rings[0].map((p) => p[1])).size === 2;
  }

  function pixels(map, pinned) {
    const own = map.eodash;
    if (own.pins) own.pins.remove();
    const pins = (own.pins = L.layerGroup().addTo(map));
    pinned.forEach((pixel) => {
      const ring = (weight, color) =>
        L.circleMarker([pixel.lat, pixel.lng], { radius: 9, weight, color, fill: false, interactive: false }).addTo(pins);
      ring(6, "#FFFFFF");
      ring(3, pixel.colour);
      if (!pixel.number) return;
      L.marker([pixel.lat, pixel.lng], {
        interactive: false,
        keyboard: false,
        icon: L.divIcon({ className: "eodash-pin", html: String(Number(pixel.number)), iconSize: [20, 20], iconAnchor: [-8, 20] }),
      }).addTo(pins);
    });
  }

  return { base, show, twin };
})();
