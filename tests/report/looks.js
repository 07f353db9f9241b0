"use strict";

// What tests measure of how a page looks. Put into every page before its own scripts run.
window.looks = (() => {
  const shorten = (node) => node.textContent.trim().replace(/\s+/g, " ").slice(0, 50);

  // What the scrolling ancestors of an element show of a box.
  function cut(box, element) {
    for (let each = element; each && each !== document.body; each = each.parentElement) {
      const style = getComputedStyle(each);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      const edge = each.getBoundingClientRect();
      box.left = Math.max(box.left, edge.left);
      box.right = Math.min(box.right, edge.right);
      box.top = Math.max(box.top, edge.top);
      box.bottom = Math.min(box.bottom, edge.bottom);
    }
    return box;
  }

  // Every line of text that can be seen, with its box.
  function* seenTexts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const element = node.parentElement;
      if (!node.textContent.trim() || element.closest("script, style, noscript, template")) continue;
      if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const { left, top, right, bottom } of range.getClientRects()) {
        const box = cut({ left, top, right, bottom }, element);
        if (box.right - box.left > 1 && box.bottom - box.top > 1 && box.right > 0) yield { node, element, box };
      }
    }
  }

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  function rgba(text) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  }

  const over = (colour, ground) =>
    [0, 1, 2].map((place) => colour[place] * colour[3] + ground[place] * (1 - colour[3]));

  function groundOf(element) {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const colour = rgba(getComputedStyle(each).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((ground, layer) => over(layer, ground), [255, 255, 255]);
  }

  // Relative luminance as WCAG 2 defines it.
  function light(colour) {
    const [red, green, blue] = colour
      .map((value) => value / 255)
      .map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function faintTexts(least) {
    const faint = {};
    for (const { node, element } of seenTexts()) {
      const style = getComputedStyle(element);
      const ground = groundOf(element);
      const ink = light(over(rgba(element.closest("svg") ? style.fill : style.color), ground));
      const behind = light(ground);
      const contrast = (Math.max(ink, behind) + 0.05) / (Math.min(ink, behind) + 0.05);
      if (contrast < least) faint[shorten(node)] = Math.round(contrast * 100) / 100;
    }
    return faint;
  }

  // What stays in sight while its table is scrolled lies over others on purpose.
  function stays(element) {
    for (let each = element; each; each = each.parentElement)
      if (["sticky", "fixed"].includes(getComputedStyle(each).position)) return true;
    return false;
  }

  function overlappingTexts() {
    const texts = Array.from(seenTexts()).filter(({ element }) => !stays(element));
    texts.sort((one, other) => one.box.top - other.box.top);
    const found = [];
    texts.forEach((one, place) => {
      for (const other of texts.slice(place + 1)) {
        if (other.box.top > one.box.bottom - 2) break;
        const width = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const height = Math.min(one.box.bottom, other.box.bottom) - other.box.top;
        if (width > 2 && height > 3 && one.node !== other.node) found.push(`${shorten(one.node)} / ${shorten(other.node)}`);
      }
    });
    return found;
  }

  function stickingOut() {
    const { clientWidth, scrollWidth } = document.documentElement;
    const found = Array.from(seenTexts()).filter(({ box }) => box.right > clientWidth + 1).map(({ node }) => shorten(node));
    return scrollWidth > clientWidth ? [`the page is ${scrollWidth} wide`, ...found] : found;
  }

  const usable = (element) =>
    element.tabIndex >= 0 && !element.disabled && element.checkVisibility({ visibilityProperty: true });

  // Names the elements that the Tab key should reach; radio buttons of a group are one stop.
  function stops() {
    const names = [];
    const all = document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]");
    for (const element of Array.from(all).filter(usable)) {
      const group = element.type === "radio" ? `radio ${element.name}` : "";
      element.dataset.stop = group || `${names.length} ${element.tagName} ${shorten(element)}`;
      if (!names.includes(element.dataset.stop)) names.push(element.dataset.stop);
    }
    return names;
  }

  function focused() {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return [element.dataset.stop || element.outerHTML.slice(0, 80), outlineStyle !== "none" && parseFloat(outlineWidth) >= 1];
  }

  // The pixels of a screenshot: its size, and red, green, blue, alpha of each as base64.
  async function pixels(png) {
    const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const paper = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    paper.drawImage(picture, 0, 0);
    const { data } = paper.getImageData(0, 0, picture.width, picture.height);
    let text = "";
    for (let start = 0; start < data.length; start += 32768)
      text += String.fromCharCode(...data.subarray(start, start + 32768));
    return [picture.width, picture.height, btoa(text)];
  }

  return { pixels, faintTexts, overlappingTexts, stickingOut, stops, focused };
})();
