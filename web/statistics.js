// Shares of samples with their uncertainty. Pure.

/** Below so many samples in a point there is no share worth drawing: the line is broken there. */
export const MIN_SAMPLES = 5;

/** Wilson's 95 % interval of `pass` out of `n`: [lower, upper]. REQUIRES n > 0. */
export function wilson(pass, n) {
  const z = 1.959964;
  const share = pass / n;
  const denominator = 1 + (z * z) / n;
  const centre = share + (z * z) / (2 * n);
  const spread = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, (centre - spread) / denominator), Math.min(1, (centre + spread) / denominator)];
}

/**
 * Points of the API as {time, n, share, lower, upper}; `share` is null below MIN_SAMPLES. Samples on
 * which the scorer could not decide count for neither side.
 */
export function pointsOf(series) {
  return series.points.map((point) => {
    const pass = Number(point.pass);
    const n = pass + Number(point.fail);
    const [lower, upper] = n > 0 ? wilson(pass, n) : [0, 1];
    return { time: Date.parse(point.start_time), n, pass, share: n >= MIN_SAMPLES ? pass / n : null, lower, upper };
  });
}

/** Runs of neighbouring points that have a share: a gap of more than one bucket breaks the line. */
export function runsOf(points, bucketMs) {
  const runs = [];
  let last = null;
  for (const point of points) {
    if (point.share === null) { last = null; continue; }
    if (last === null || point.time - last.time > bucketMs * 1.5) runs.push([]);
    runs.at(-1).push(point);
    last = point;
  }
  return runs;
}

/** A round lower end of the vertical axis that shows every point and threshold, at most 0.95. */
export function axisFloor(shares) {
  const least = Math.min(1, ...shares);
  return [0.95, 0.9, 0.8, 0.6, 0.4, 0.2, 0].find((floor) => floor <= least - 0.004) ?? 0;
}
