const WIDTH = 96;
const HEIGHT = 24;

/** A small trend for a row or a stat, oldest value first. Drawn by the server, without recharts. */
export function Sparkline({ values, label }: { values: number[]; label: string }) {
  const most = Math.max(1, ...values);
  const step = values.length > 1 ? WIDTH / (values.length - 1) : 0;
  const points = values.map((value, index) => {
    const height = 1 + (HEIGHT - 2) * (1 - value / most);
    return `${(index * step).toFixed(1)},${height.toFixed(1)}`;
  });
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      className="inline-block overflow-visible text-chart-1"
    >
      <polygon
        points={`0,${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`}
        className="fill-current opacity-15"
      />
      <polyline
        points={points.join(" ")}
        className="fill-none stroke-current"
        strokeWidth={1.5}
        strokeLinejoin="round"
      />
    </svg>
  );
}
