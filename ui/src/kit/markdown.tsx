// Markdown, without any HTML that was typed into it. Its library is loaded when there is some to show.
import { lazy, Suspense } from "react";
import { Loading } from "./basics";

const Rendered = lazy(async () => {
  const [{ default: ReactMarkdown }, { default: gfm }] = await Promise.all([import("react-markdown"), import("remark-gfm")]);
  return {
    default: ({ text }: { text: string }) => (
      <ReactMarkdown remarkPlugins={[gfm]} skipHtml components={{ h1: "h2", h2: "h3", img: () => null }}>
        {text}
      </ReactMarkdown>
    ),
  };
});

export function Markdown({ text }: { text: string }) {
  return (
    <div className="ph-markdown">
      <Suspense fallback={<Loading />}>
        <Rendered text={text} />
      </Suspense>
    </div>
  );
}
