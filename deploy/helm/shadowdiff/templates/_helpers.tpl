{{- define "shadowdiff.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Room for the suffix -admin within the 63 characters of a Service. */}}
{{- define "shadowdiff.fullname" -}}
{{- $name := include "shadowdiff.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 57 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 57 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 57 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "shadowdiff.selectorLabels" -}}
app.kubernetes.io/name: {{ include "shadowdiff.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "shadowdiff.labels" -}}
{{ include "shadowdiff.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "shadowdiff.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* The configuration, with what the chart decides. A value of the user wins. */}}
{{- define "shadowdiff.config" -}}
{{- $fixed := dict "store" "sqlite:/var/lib/shadowdiff/shadowdiff.db" }}
{{- if eq .Values.store.type "postgres" }}
{{- $_ := set $fixed "store" (required "store.postgres.url is needed with store.type postgres" .Values.store.postgres.url) }}
{{- end }}
{{- /* A replay has no listeners. */}}
{{- if not .Values.replay.enabled }}
{{- $name := printf "%s-admin" (include "shadowdiff.fullname" .) }}
{{- $hosts := list $name (printf "%s.%s" $name .Release.Namespace) (printf "%s.%s.svc" $name .Release.Namespace) (printf "%s.%s.svc.cluster.local" $name .Release.Namespace) }}
{{- $admin := dict "listen" "0.0.0.0:9900" "tokenFile" "/run/secrets/shadowdiff/admin/token" "allowedHosts" (concat $hosts .Values.admin.allowedHosts) }}
{{- if .Values.admin.rolloutTokenSecret }}
{{- $_ := set $admin "rolloutTokenFile" "/run/secrets/shadowdiff/rollout/token" }}
{{- end }}
{{- $_ := set $fixed "listen" "0.0.0.0:8080" }}
{{- $_ := set $fixed "admin" $admin }}
{{- end }}
{{- if eq .Values.store.type "postgres" }}
{{- $_ := set $fixed "storePasswordFile" "/run/secrets/shadowdiff/postgres/password" }}
{{- end }}
{{- toYaml (mergeOverwrite $fixed (deepCopy .Values.config)) }}
{{- end }}

{{/* What would lose or mix results is refused. */}}
{{- define "shadowdiff.check" -}}
{{- if not .Values.config }}
{{- fail "config is empty: name at least `primary` and `candidate`, for example --set config.primary=http://my-service-v1" }}
{{- end }}
{{- if and .Values.replay.enabled (not .Values.replay.volume) }}
{{- fail "replay.volume is needed: the volume with the recorded requests, such as replay.volume.persistentVolumeClaim.claimName" }}
{{- end }}
{{- if and (eq .Values.store.type "sqlite") (or (gt (int .Values.replicas) 1) .Values.autoscaling.enabled) }}
{{- fail "several replicas need store.type postgres: a SQLite file has one writer" }}
{{- end }}
{{- end }}

{{- define "shadowdiff.podSecurity" -}}
runAsNonRoot: true
# The user of the image.
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "shadowdiff.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "shadowdiff.mounts" -}}
- { name: config, mountPath: /etc/shadowdiff, readOnly: true }
{{- if not .Values.replay.enabled }}
- { name: admin-token, mountPath: /run/secrets/shadowdiff/admin, readOnly: true }
{{- if .Values.admin.rolloutTokenSecret }}
- { name: rollout-token, mountPath: /run/secrets/shadowdiff/rollout, readOnly: true }
{{- end }}
{{- end }}
{{- if eq .Values.store.type "postgres" }}
- { name: postgres-password, mountPath: /run/secrets/shadowdiff/postgres, readOnly: true }
{{- end }}
- { name: store, mountPath: /var/lib/shadowdiff }
- { name: tmp, mountPath: /tmp }
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "shadowdiff.volumes" -}}
- name: config
  configMap: { name: {{ include "shadowdiff.fullname" . }} }
{{- if not .Values.replay.enabled }}
- name: admin-token
  secret:
    secretName: {{ .Values.admin.tokenSecret.name }}
    # 0440
    defaultMode: 288
    items: [{ key: {{ .Values.admin.tokenSecret.key }}, path: token }]
{{- with .Values.admin.rolloutTokenSecret }}
- name: rollout-token
  secret:
    secretName: {{ .name }}
    # 0440
    defaultMode: 288
    items: [{ key: {{ .key }}, path: token }]
{{- end }}
{{- end }}
{{- if eq .Values.store.type "postgres" }}
- name: postgres-password
  secret:
    secretName: {{ .Values.store.postgres.passwordSecret.name }}
    # 0440
    defaultMode: 288
    items: [{ key: {{ .Values.store.postgres.passwordSecret.key }}, path: password }]
{{- end }}
- name: store
{{- if and (eq .Values.store.type "sqlite") .Values.store.sqlite.existingClaim }}
  persistentVolumeClaim: { claimName: {{ .Values.store.sqlite.existingClaim }} }
{{- else if and (eq .Values.store.type "sqlite") .Values.store.sqlite.claim (not .Values.replay.enabled) }}
  persistentVolumeClaim: { claimName: {{ include "shadowdiff.fullname" . }} }
{{- else }}
  emptyDir: {}
{{- end }}
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "shadowdiff.placement" -}}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
