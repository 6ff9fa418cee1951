/** What the browser holds as a file of the reader's. */

/** @param {Blob} blob @param {string} name */
export function saveFile(blob, name) {
  const anchor = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  anchor.click();
  URL.revokeObjectURL(anchor.href);
}

/**
 * The canvases of a stage as one picture, each where it lies and as strong as it is seen.
 * @param {HTMLElement} stage
 * @param {number} ratio Pixels of the picture per CSS pixel.
 * @param {string} ground A CSS colour.
 * @returns {HTMLCanvasElement}
 */
export function flattened(stage, ratio, ground) {
  const [width, height] = [stage.clientWidth, stage.clientHeight];
  const made = Object.assign(document.createElement("canvas"), {
    width: Math.round(width * ratio),
    height: Math.round(height * ratio),
  });
  const [pen, origin] = [made.getContext("2d"), stage.getBoundingClientRect()];
  pen.scale(ratio, ratio);
  pen.fillStyle = ground;
  pen.fillRect(0, 0, width, height);
  for (const canvas of stage.querySelectorAll(":scope > canvas")) {
    const style = getComputedStyle(canvas);
    const box = canvas.getBoundingClientRect();
    pen.globalAlpha = Number(style.opacity);
    pen.imageSmoothingEnabled = style.imageRendering !== "pixelated";
    const [x, y] = [box.x - origin.x - stage.clientLeft, box.y - origin.y - stage.clientTop];
    pen.drawImage(canvas, x, y, box.width, box.height);
  }
  return made;
}
