import { Component, Suspense, lazy, type ComponentType, type ReactNode } from "react";
import { Skeleton } from "~/ui/skeleton";
import { useHydrated } from "~/ui/use-hydrated";

/** Pixels; the same before and after loading, so that nothing jumps. */
export const PLOT_HEIGHT = 240;

/** What every plot gets beside its data. */
export interface PlotProps<Row> {
  data: Row[];
  summary: string;
}

/**
 * Loads a plot, and recharts with it, only when a page shows one and only in the browser. A plot that
 * cannot be loaded leaves the page and the table beside it as they are.
 */
export function lazyPlot<Row>(
  load: () => Promise<{ default: ComponentType<PlotProps<Row>> }>,
): ComponentType<PlotProps<Row>> {
  const Plot = lazy(load);
  return function LazyPlot(props) {
    const placeholder = <Skeleton className="h-full [@media(scripting:none)]:animate-none" />;
    return (
      // Until a plot has measured its place it is wider than a phone, and the page would be, too.
      <div className="overflow-x-clip print:break-inside-avoid" style={{ height: PLOT_HEIGHT }}>
        {useHydrated() ? (
          <PlotBoundary>
            <Suspense fallback={placeholder}>
              <Plot {...props} />
            </Suspense>
          </PlotBoundary>
        ) : (
          <>
            {placeholder}
            <noscript>
              <p className="relative -mt-32 text-center text-xs text-ink-muted">
                The chart needs JavaScript. The table below has the same numbers.
              </p>
            </noscript>
          </>
        )}
      </div>
    );
  };
}

class PlotBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <p className="flex h-full items-center justify-center rounded-md bg-surface-muted px-4 text-center text-xs text-ink-muted">
        The chart could not be loaded. The table below has the same numbers.
      </p>
    );
  }
}
