// Where the tiles go. Pure: numbers in, rectangles out. All lengths in CSS pixels.

/** The shape a tile would like to have, width through height. */
const LIKED = 16 / 9;
/** A tile may be this much higher than wide (phones are held upright)... */
const NARROWEST = 3 / 4;
/** ...and this much wider than high. */
const WIDEST = 16 / 9;
/** Of a picture at least this share must stay visible when it is cut to fill its tile. */
const VISIBLE = 0.62;

/**
 * Equal tiles that use the area best; the last row is centred.
 * @returns {{x: number, y: number, width: number, height: number}[]} one rectangle per tile, within the area
 */
export function tiles(count, width, height, gap = 8) {
  if (count < 1 || width <= 0 || height <= 0) return [];
  if (count === 1) return [{ x: 0, y: 0, width, height }];
  let best = null;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const cellWidth = (width - gap * (columns - 1)) / columns;
    const cellHeight = (height - gap * (rows - 1)) / rows;
    if (cellWidth <= 0 || cellHeight <= 0) continue;
    const ratio = Math.min(WIDEST, Math.max(NARROWEST, cellWidth / cellHeight));
    const tileWidth = Math.min(cellWidth, cellHeight * ratio);
    const tileHeight = tileWidth / ratio;
    // What is judged is the picture inside the tile, not the tile: a tall tile shows a wide picture small.
    const seen = Math.min(tileWidth, tileHeight * LIKED);
    if (best === null || seen > best.seen + 0.5) best = { columns, rows, tileWidth, tileHeight, seen };
  }
  if (best === null) return [];
  const top = (height - best.rows * best.tileHeight - gap * (best.rows - 1)) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / best.columns);
    const inRow = Math.min(best.columns, count - row * best.columns);
    const left = (width - inRow * best.tileWidth - gap * (inRow - 1)) / 2;
    const column = index - row * best.columns;
    return {
      x: left + column * (best.tileWidth + gap),
      y: top + row * (best.tileHeight + gap),
      width: best.tileWidth,
      height: best.tileHeight,
    };
  });
}

/** The first tile large, the others in a strip below it (upright) or beside it (wide). */
export function speaker(count, width, height, gap = 8) {
  if (count < 2) return tiles(count, width, height, gap);
  const wide = width > height * 1.2;
  const others = count - 1;
  const along = wide ? height : width;
  const most = wide ? width * 0.22 : height * 0.22;
  const length = (along - gap * (others - 1)) / others;
  const across = Math.min(most, wide ? length * LIKED : length / NARROWEST);
  const used = wide ? across / LIKED : Math.min(length, across * LIKED);
  const start = (along - used * others - gap * (others - 1)) / 2;
  const large = wide
    ? { x: 0, y: 0, width: width - across - gap, height }
    : { x: 0, y: 0, width, height: height - across - gap };
  const strip = Array.from({ length: others }, (_, index) => {
    const at = start + index * (used + gap);
    return wide
      ? { x: width - across, y: at, width: across, height: used }
      : { x: at, y: height - across, width: used, height: across };
  });
  return [large, ...strip];
}

/** Whether a picture fills its tile ("cover") or is shown whole ("contain"): never is much of a person cut away. */
export function fit(tile, picture) {
  if (!(picture.width > 0 && picture.height > 0 && tile.width > 0 && tile.height > 0)) return 'cover';
  const a = tile.width / tile.height;
  const b = picture.width / picture.height;
  return Math.min(a / b, b / a) >= VISIBLE ? 'cover' : 'contain';
}

/** How many pictures this device shows at once: 4 on a phone, 9 on a larger screen. */
export function pictures(width, height) {
  return Math.min(width, height) < 600 ? 4 : 9;
}
