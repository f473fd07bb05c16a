// Draws Flex messages: boxes, texts, buttons, pictures, carousels.

import { el } from "./dom.js";

const TEXT = { xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 28, "3xl": 34, "4xl": 44, "5xl": 60 };
const SPACE = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const RADIUS = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const BORDER = { none: 0, light: 0.5, normal: 1, medium: 2, "semi-bold": 3, bold: 4 };
const WIDTH = { nano: 120, micro: 160, deca: 220, hecto: 241, kilo: 260, mega: 300, giga: 386 };
const IMAGE = { xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160, "3xl": 180, "4xl": 200, "5xl": 220 };
const ALIGN = { start: "left", center: "center", end: "right" };
const GRAVITY = { top: "flex-start", center: "center", bottom: "flex-end" };

const size = (value, steps) => (value in steps ? `${steps[value]}px` : value);

export function drawFlex(contents, tappable) {
  if (contents.type === "carousel") {
    const strip = el("div", { class: "carousel", tabindex: "0", role: "group", "aria-label": "横にならんだカード" });
    strip.append(...(contents.contents || []).map((bubble) => drawBubble(bubble, tappable)));
    return strip;
  }
  return drawBubble(contents, tappable);
}

function drawBubble(bubble, tappable) {
  const card = el("div", { class: "flex-bubble", style: { width: `${WIDTH[bubble.size || "mega"]}px` } });
  card.dir = bubble.direction === "rtl" ? "rtl" : "ltr";
  for (const name of ["header", "hero", "body", "footer"]) {
    if (!bubble[name]) continue;
    const style = (bubble.styles || {})[name] || {};
    const inner = component(bubble[name], "vertical", tappable);
    // The padding of a block belongs to its box, so that a background fills the block.
    inner.classList.add(`inner-${name}`);
    const block = el("div", { class: `flex-${name}` }, inner);
    if (style.backgroundColor) block.style.backgroundColor = style.backgroundColor;
    if (style.separator) block.style.borderTop = `1px solid ${style.separatorColor || "#d5d9de"}`;
    card.append(block);
  }
  return tappable.wrap(card, bubble.action);
}

function component(node, parent, tappable) {
  const draw = { box, text, button, image, icon, video, separator, filler }[node.type];
  const drawn = draw ? draw(node, parent, tappable) : el("span", {}, `［${node.type}］`);
  place(drawn, node, parent);
  return drawn;
}

function place(drawn, node, parent) {
  const across = parent !== "vertical";
  const natural = across && !["icon", "separator"].includes(node.type) ? 1 : 0;
  const grow = node.flex === undefined ? (node.type === "filler" ? 1 : natural) : node.flex;
  drawn.style.flex = grow > 0 ? `${grow} ${grow} 0` : "0 0 auto";
  if (!across && grow > 0) drawn.style.flexBasis = "auto";
  if (node.margin) drawn.style[across ? "marginLeft" : "marginTop"] = size(node.margin, SPACE);
  if (node.gravity && across) drawn.style.alignSelf = GRAVITY[node.gravity];
  if (node.position === "absolute") drawn.style.position = "absolute";
  for (const [key, side] of [["offsetTop", "top"], ["offsetBottom", "bottom"], ["offsetStart", "left"], ["offsetEnd", "right"]]) {
    if (!node[key]) continue;
    if (node.position !== "absolute") drawn.style.position = "relative";
    drawn.style[side] = size(node[key], SPACE);
  }
}

function box(node, parent, tappable) {
  const drawn = el("div", { class: `flex-box flex-${node.layout}` });
  const across = node.layout !== "vertical";
  const style = drawn.style;
  style.backgroundColor = node.backgroundColor || "";
  if (node.background && node.background.type === "linearGradient") {
    const middle = node.background.centerColor ? `${node.background.centerColor},` : "";
    style.background = `linear-gradient(${node.background.angle},${node.background.startColor},${middle}${node.background.endColor})`;
  }
  if (node.borderWidth || node.borderColor) {
    style.border = `${size(node.borderWidth || "normal", BORDER)} solid ${node.borderColor || "#d5d9de"}`;
  }
  if (node.cornerRadius) style.borderRadius = size(node.cornerRadius, RADIUS);
  if (node.paddingAll) style.padding = size(node.paddingAll, SPACE);
  for (const [key, side] of [["paddingTop", "paddingTop"], ["paddingBottom", "paddingBottom"], ["paddingStart", "paddingLeft"], ["paddingEnd", "paddingRight"]]) {
    if (node[key]) style[side] = size(node[key], SPACE);
  }
  for (const key of ["width", "height", "maxWidth", "maxHeight"]) if (node[key]) style[key] = node[key];
  if (node.justifyContent) style.justifyContent = node.justifyContent;
  if (node.alignItems && node.layout !== "baseline") style.alignItems = node.alignItems;
  (node.contents || []).forEach((child, position) => {
    const inner = component(child, node.layout, tappable);
    if (node.spacing && position > 0 && !child.margin) {
      inner.style[across ? "marginLeft" : "marginTop"] = size(node.spacing, SPACE);
    }
    drawn.append(inner);
  });
  return tappable.wrap(drawn, node.action);
}

function lettering(drawn, node) {
  if (node.size) drawn.style.fontSize = size(node.size, TEXT);
  if (node.color) drawn.style.color = node.color;
  if (node.weight === "bold") drawn.style.fontWeight = "700";
  if (node.style === "italic") drawn.style.fontStyle = "italic";
  if (node.decoration && node.decoration !== "none") drawn.style.textDecoration = node.decoration;
}

function text(node, parent, tappable) {
  const drawn = el("div", { class: node.wrap ? "flex-text wrap" : "flex-text" });
  lettering(drawn, { size: "md", ...node });
  if (node.align) drawn.style.textAlign = ALIGN[node.align];
  if (node.lineSpacing) drawn.style.lineHeight = `calc(1.4em + ${node.lineSpacing})`;
  if (node.contents && node.contents.length) {
    for (const part of node.contents) {
      const span = el("span", {}, part.text || "");
      lettering(span, part);
      drawn.append(span);
    }
  } else drawn.textContent = node.text || "";
  return tappable.wrap(drawn, node.action);
}

function button(node, parent, tappable) {
  const kind = node.style || "link";
  const drawn = tappable.button(node.action, `flex-button ${kind} ${node.height === "sm" ? "small" : ""}`);
  if (node.color) drawn.style[kind === "link" ? "color" : "backgroundColor"] = node.color;
  if (node.color && kind === "secondary") drawn.style.color = "#111";
  return drawn;
}

function image(node, parent, tappable) {
  const drawn = el("img", { class: "flex-image", src: node.url, alt: "", loading: "lazy" });
  const width = node.size || "md";
  drawn.style.width = width === "full" ? "100%" : size(width, IMAGE);
  drawn.style.aspectRatio = (node.aspectRatio || "1:1").replace(":", "/");
  drawn.style.objectFit = node.aspectMode === "cover" ? "cover" : "contain";
  if (node.backgroundColor) drawn.style.backgroundColor = node.backgroundColor;
  return tappable.wrap(drawn, node.action);
}

function icon(node) {
  const drawn = el("img", { class: "flex-icon", src: node.url, alt: "" });
  drawn.style.height = size(node.size || "md", TEXT);
  return drawn;
}

function video(node) {
  return el("video", { src: node.url, poster: node.previewUrl, controls: true, class: "media" });
}

function separator(node, parent) {
  const line = parent === "vertical" ? "borderTop" : "borderLeft";
  return el("div", { class: "flex-separator", style: { [line]: `1px solid ${node.color || "#d5d9de"}` } });
}

function filler() {
  return el("div", {});
}
