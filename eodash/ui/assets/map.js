/* What our maps do beyond Leaflet: an offline base, and one call that shows the state of a page without rebuilding the map. */
window.eodash = (function () {
  const INK = "#1A2126";
  let overlay, pins, halo, wanted, touched;

  /* Coast and borders where a view is wide enough to hold any, and a graticule: constant, from this server. */
  function base(map, options) {
    map.getContainer().style.background = options.ground;
    map.attributionControl.setPrefix(false);
    map.createPane("ground").style.zIndex = 150;
    keepFitted(map);
    fit(map, options.bounds);
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

  /* A frame that gets its size late, or changes it, is fitted again, unless the reader has moved the map. */
  function keepFitted(map) {
    const frame = map.getContainer();
    ["mousedown", "touchstart", "keydown"].forEach((name) => frame.addEventListener(name, () => (touched = true)));
    new ResizeObserver(() => {
      map.invalidateSize({ animate: false });
      if (wanted && !touched) map.fitBounds(wanted, { animate: false, padding: [12, 12] });
    }).observe(frame);
  }

  function fit(map, bounds) {
    if (!bounds || JSON.stringify(bounds) === JSON.stringify(wanted)) return;
    wanted = bounds;
    touched = false;
    map.fitBounds(bounds, { animate: false, padding: [12, 12] });
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

  /* Everything that changes on a page: the picture, the area, the pinned pixels, the view. */
  function show(map, state) {
    scene(map, state.scene);
    area(map, state.area);
    pixels(map, state.pixels || []);
    fit(map, state.fit);
  }

  /* The old picture stays until the new one is there: no flicker. */
  function scene(map, picture) {
    if (!picture) {
      if (overlay) overlay.remove();
      overlay = undefined;
    } else if (!overlay) {
      overlay = L.imageOverlay(picture.url, picture.bounds, { alt: picture.alt, className: "eodash-scene" }).addTo(map);
    } else if (overlay._url !== picture.url) {
      const wanted = (overlay.wanted = picture.url);
      const loading = new Image();
      loading.onload = () => {
        if (!overlay || overlay.wanted !== wanted) return;
        overlay.setUrl(wanted);
        overlay.setBounds(picture.bounds);
        if (overlay.getElement()) overlay.getElement().alt = picture.alt;
      };
      loading.src = wanted;
    }
  }

  function area(map, geometry) {
    if (halo) halo.remove();
    halo = undefined;
    const editable = window.drawnItems && window.drawnItems.clearLayers;
    if (editable) window.drawnItems.clearLayers();
    if (!geometry) return;
    halo = L.geoJSON(geometry, { interactive: false, style: { color: "#FFFFFF", weight: 4.5, fill: false } }).addTo(map);
    const parts = geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates];
    parts.forEach((rings) => {
      const places = rings.map((ring) => ring.slice(0, -1).map(([x, y]) => [y, x]));
      const style = { color: INK, weight: 1.8, fillOpacity: 0, interactive: Boolean(editable) };
      const shape = isBox(rings) ? L.rectangle(L.latLngBounds(places[0]), style) : L.polygon(places, style);
      if (editable) window.drawnItems.addLayer(shape);
      else shape.addTo(halo);
    });
  }

  function isBox(rings) {
    if (rings.length !== 1 || rings[0].length !== 5) return false;
    return new Set(rings[0].map((p) => p[0])).size === 2 && new Set(rings[0].map((p) => p[1])).size === 2;
  }

  function pixels(map, pinned) {
    if (pins) pins.remove();
    pins = L.layerGroup().addTo(map);
    pinned.forEach((pixel) => {
      const ring = (weight, color) =>
        L.circleMarker([pixel.lat, pixel.lng], { radius: 9, weight, color, fill: false, interactive: false }).addTo(pins);
      ring(6, "#FFFFFF");
      ring(3, pixel.colour);
      L.marker([pixel.lat, pixel.lng], {
        interactive: false,
        keyboard: false,
        icon: L.divIcon({ className: "eodash-pin", html: String(Number(pixel.number)), iconSize: [20, 20], iconAnchor: [-8, 20] }),
      }).addTo(pins);
    });
  }

  return { base, show };
})();
