// How far back the time machine of a namespace goes.
import { SelectField, Section, Text, useNotices } from "../../kit";
import { useConfig } from "../../api/queries";
import { strings } from "../../strings";

const secondsOf: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

function parseSpan(span: string): number {
  return Number.parseInt(span, 10) * (secondsOf[span.slice(-1)] ?? 1);
}

export function TimeMachine({ seconds, onChange }: { seconds: number; onChange: (seconds: number) => Promise<unknown> }) {
  const notices = useNotices();
  const options = useConfig().data?.config["TAG_EXPIRATION_OPTIONS"];
  const spans = new Set([...(Array.isArray(options) ? options.map((span) => parseSpan(String(span))) : []), seconds]);
  const change = async (value: string) => {
    try {
      await onChange(Number(value));
      notices.say(strings.saved);
    } catch (error) {
      notices.warn(error);
    }
  };
  return (
    <Section title={strings.timeMachine}>
      <Text>{strings.timeMachineText}</Text>
      <SelectField
        label={strings.timeMachine}
        value={String(seconds)}
        onChange={(value) => void change(value)}
        choices={[...spans].sort((a, b) => a - b).map((value) => ({ value: String(value), title: strings.days(Math.round(value / 86_400)) }))}
      />
    </Section>
  );
}
