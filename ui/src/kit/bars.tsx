// Bars by day, drawn without a charting library.
import { strings } from "../strings";

export interface DayCount {
  date: string;
  count: number;
}

const width = 720;
const height = 72;

export function DayBars({ days, label }: { days: DayCount[]; label: string }) {
  const highest = Math.max(1, ...days.map((day) => day.count));
  const total = days.reduce((sum, day) => sum + day.count, 0);
  const step = width / Math.max(days.length, 1);
  return (
    <figure className="ph-bars">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${label}: ${total} ${strings.inDays(days.length)}`}>
        {days.map((day, index) => {
          const size = day.count === 0 ? 1 : Math.max(3, (day.count / highest) * height);
          return (
            <rect key={day.date} x={index * step} y={height - size} width={Math.max(1, step - 2)} height={size} className={day.count === 0 ? "ph-bar-none" : "ph-bar"}>
              <title>{`${day.date}: ${day.count}`}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption>{`${total} ${strings.inDays(days.length)}`}</figcaption>
    </figure>
  );
}
