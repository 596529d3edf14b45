// Background work: what waits, what failed, what runs when.
import { useQuery } from "@tanstack/react-query";
import { client, read } from "../../api/client";
import { useRefresh } from "../../api/queries";
import { withFreshLogin } from "../../frame/fresh-login";
import { Chip, DataTable, Nothing, Section, useNotices, When, type Column } from "../../kit";
import { strings } from "../../strings";

interface Job {
  key: string;
  name?: string;
  queue?: string;
  state?: string;
  attempts?: number;
  run_at?: string;
  error?: string | null;
}

interface Schedule {
  name: string;
  every_seconds?: number;
  next_run?: string | null;
  last_run?: string | null;
}

export function Jobs() {
  const notices = useNotices();
  const refresh = useRefresh();
  const jobs = useQuery({
    queryKey: ["superuser", "jobs"],
    queryFn: () => withFreshLogin(() => read<{ jobs: Job[] }>(client.GET("/api/v1/superuser/jobs"))),
    refetchInterval: 5000,
  });
  const schedules = useQuery({
    queryKey: ["superuser", "schedules"],
    queryFn: () => withFreshLogin(() => read<{ schedules: Schedule[] }>(client.GET("/api/v1/superuser/schedules"))),
  });
  const run = async (key: string) => {
    await withFreshLogin(() => read(client.POST("/api/v1/superuser/jobs/{key}/run", { params: { path: { key } } })));
    await refresh("superuser", "jobs");
  };
  const runSchedule = async (name: string) => {
    await withFreshLogin(() => read(client.POST("/api/v1/superuser/schedules/{name}/run", { params: { path: { name } } })));
    await refresh("superuser");
    notices.say(strings.saved);
  };
  const jobColumns: Column<Job>[] = [
    { title: strings.name, render: (job) => job.name ?? job.key },
    { title: strings.state, render: (job) => <Chip color={job.state === "dead" ? "red" : "blue"}>{job.state ?? strings.none}</Chip>, narrow: true },
    { title: strings.attempts, render: (job) => job.attempts ?? 0, narrow: true },
    { title: strings.dateAndTime, render: (job) => <When time={job.run_at} />, narrow: true },
    { title: strings.message, render: (job) => job.error ?? strings.none },
  ];
  const scheduleColumns: Column<Schedule>[] = [
    { title: strings.name, render: (schedule) => schedule.name },
    { title: strings.lastRun, render: (schedule) => <When time={schedule.last_run} />, narrow: true },
    { title: strings.nextRun, render: (schedule) => <When time={schedule.next_run} />, narrow: true },
  ];
  return (
    <>
      <Section title={strings.jobs}>
        <DataTable
          label={strings.jobs}
          rows={jobs.data?.jobs}
          columns={jobColumns}
          rowKey={(job) => job.key}
          actions={(job) => [{ title: strings.runAgain, onClick: () => void run(job.key).catch(notices.warn) }]}
          empty={<Nothing title={strings.noJobs} />}
          error={jobs.error}
        />
      </Section>
      <Section title={strings.schedules}>
        <DataTable
          label={strings.schedules}
          rows={schedules.data?.schedules}
          columns={scheduleColumns}
          rowKey={(schedule) => schedule.name}
          actions={(schedule) => [{ title: strings.runNow, onClick: () => void runSchedule(schedule.name).catch(notices.warn) }]}
          error={schedules.error}
        />
      </Section>
    </>
  );
}
