import { namesOf, readYaml } from "./files";

/** What compose.yaml and the files of Kubernetes say, as far as a test looks at it. */

interface ComposeService {
  image: string;
  build?: string;
  pull_policy?: string;
  command?: string | string[];
  environment?: Record<string, string>;
  ports?: string[];
  stop_grace_period?: string;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: object;
}

export interface Container {
  image: string;
  command?: string[];
  env?: Array<{ name: string; value?: string; valueFrom?: { secretKeyRef: { key: string } } }>;
  ports?: Array<{ name: string; containerPort: number }>;
  volumeMounts?: Array<{ name: string; mountPath: string }>;
  lifecycle?: { preStop: { exec: { command: string[] } } };
  [probe: `${string}Probe`]: { httpGet: { path: string; port: string } };
}

interface PodSpec {
  terminationGracePeriodSeconds?: number;
  volumes?: Array<{ name: string; emptyDir?: object }>;
  containers: Container[];
}

interface Resource {
  kind: string;
  data?: Record<string, string>;
  spec?: {
    selector?: Record<string, string> & { matchLabels?: Record<string, string> };
    template?: { metadata?: { labels: Record<string, string> }; spec: PodSpec };
    ports?: Array<{ port: number; targetPort: string }>;
    schedule?: string;
    concurrencyPolicy?: string;
    jobTemplate?: { spec: { template: { spec: PodSpec } } };
  };
}

export const compose = readYaml<{ services: Record<string, ComposeService> }>("compose.yaml")[0]!
  .services;
export const kubernetes = ["app", "migrate", "sync-cronjob", "cleanup-cronjob"].flatMap((name) =>
  readYaml<Resource>(`ops/kubernetes/${name}.yaml`),
);
export const cronJobs = kubernetes.flatMap(({ kind, spec }) =>
  kind === "CronJob" && spec ? [spec] : [],
);
export const deployment = kubernetes.find(({ kind }) => kind === "Deployment")!.spec!;
export const [appContainer] = deployment.template!.spec.containers;
export const pods = kubernetes.flatMap(
  ({ spec }) => (spec?.template ?? spec?.jobTemplate?.spec.template)?.spec ?? [],
);
export const containers = pods.flatMap((pod) => pod.containers);
export const configMap = kubernetes.find(({ kind }) => kind === "ConfigMap")!.data!;
export const secretNames = namesOf("ops/kubernetes/secret.env.example");
