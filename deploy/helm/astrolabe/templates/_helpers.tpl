{{- define "astrolabe.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains "astrolabe" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-astrolabe" (.Release.Name | trunc 30 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{- define "astrolabe.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "astrolabe.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- /* The name stays astrolabe: it becomes the label job, which alerts and dashboards select by. */ -}}
{{- define "astrolabe.selector" -}}
app.kubernetes.io/name: astrolabe
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "astrolabe.labels" -}}
{{ include "astrolabe.selector" . }}
app.kubernetes.io/part-of: astrolabe
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "astrolabe.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- end -}}
{{- end -}}

{{- /* {kinds: [...]}: every kind that is followed, with `names` where it is by name. */ -}}
{{- define "astrolabe.followed" -}}
{{- $followed := list -}}
{{- range .Files.Get "files/kinds.yaml" | fromYamlArray -}}
  {{- if and (index $.Values.kinds .resource) (or .namespaced $.Values.rbac.clusterScoped) -}}
    {{- $followed = append $followed (merge (dict "names" (index $.Values.names .resource | default list)) .) -}}
  {{- end -}}
{{- end -}}
{{- dict "kinds" $followed | toYaml -}}
{{- end -}}

{{- /* The settings file, in the program's form. What decides about permissions is written here alone. */ -}}
{{- define "astrolabe.settings" -}}
{{- $settings := deepCopy .Values.settings -}}
{{- $followed := list -}}
{{- range (include "astrolabe.followed" . | fromYaml).kinds }}{{ $followed = append $followed .resource }}{{ end -}}
{{- $denied := list -}}
{{- range .Files.Get "files/kinds.yaml" | fromYamlArray -}}
  {{- if not (has .resource $followed) }}{{ $denied = append $denied .resource }}{{ end -}}
{{- end -}}
{{- range $resource, $names := .Values.names -}}
  {{- if not (has $resource $followed) }}{{ fail (printf "names: %s is not followed; kinds names what can be" $resource) }}{{ end -}}
{{- end -}}
{{- if and (has "*" .Values.customResources) (has "secrets" $denied) -}}
  {{- fail "customResources: \"*\" would grant reading Secrets, which kinds.secrets forbids; name groups, as in *.argoproj.io" -}}
{{- end -}}
{{- $_ := set $settings "custom_resources" .Values.customResources -}}
{{- with .Values.namespaces }}{{ $_ := set $settings "namespaces" . }}{{ end -}}
{{- with $denied }}{{ $_ := set $settings "kinds_denied" (sortAlpha .) }}{{ end -}}
{{- with .Values.names }}{{ $_ := set $settings "names" . }}{{ end -}}
{{- if .Values.prices -}}
  {{- if $settings.price_file }}{{ fail "prices: settings.price_file names a file already; give one of both" }}{{ end -}}
  {{- $_ := set $settings "price_file" "/etc/astrolabe-prices/prices.json" -}}
{{- end -}}
{{- with .Values.clusterProfiles -}}
  {{- if .enabled -}}
    {{- $_ := set $settings "clusterprofile_namespace" .namespace -}}
    {{- $_ := set $settings "clusterprofile_provider_file" "/etc/astrolabe-clusterprofiles/providers.json" -}}
  {{- end -}}
{{- end -}}
{{- if gt (int .Values.replicas) 1 -}}
  {{- if not .Values.redis.enabled }}{{ fail "replicas: several share counters in a Redis; set redis.enabled: true (docs/scale.md)" }}{{ end -}}
  {{- $_ := set $settings "leader_elect" true -}}
{{- end -}}
{{- with .Values.redis -}}
  {{- if and .enabled (not .address) (or .user .tls.enabled) -}}
    {{- fail "redis: user and tls are for a Redis of yours; give its address" -}}
  {{- end -}}
  {{- if and .enabled .tls.enabled -}}
    {{- $_ := set $settings "redis_tls" true -}}
    {{- with .tls.serverName }}{{ $_ := set $settings "redis_tls_server_name" . }}{{ end -}}
    {{- if .tls.existingSecret -}}
      {{- $_ := set $settings "redis_tls_ca_file" "/etc/astrolabe-redis/ca.crt" -}}
    {{- end -}}
    {{- if .tls.clientCertificate -}}
      {{- if not .tls.existingSecret }}{{ fail "redis: tls.clientCertificate needs tls.existingSecret" }}{{ end -}}
      {{- $_ := set $settings "redis_tls_cert_file" "/etc/astrolabe-redis/tls.crt" -}}
      {{- $_ := set $settings "redis_tls_key_file" "/etc/astrolabe-redis/tls.key" -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- toYaml $settings -}}
{{- end -}}

{{- /* Rules of a role. Takes root, and which kinds: namespaced, clusterScoped. */ -}}
{{- define "astrolabe.rules" -}}
{{- $verbs := list "get" "list" "watch" -}}
{{- $rules := list -}}
{{- $groups := list -}}
{{- $plurals := dict -}}
{{- $named := list -}}
{{- range (include "astrolabe.followed" .root | fromYaml).kinds -}}
  {{- if or (and .namespaced $.namespaced) (and (not .namespaced) $.clusterScoped) -}}
    {{- if .names -}}
      {{- $named = append $named (dict "apiGroups" (list .group) "resources" (list .plural) "resourceNames" .names "verbs" $verbs) -}}
    {{- else -}}
      {{- if not (has .group $groups) }}{{ $groups = append $groups .group }}{{ end -}}
      {{- $_ := set $plurals .group (append (index $plurals .group | default list) .plural) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- range $groups -}}
  {{- $rules = append $rules (dict "apiGroups" (list .) "resources" (index $plurals .) "verbs" $verbs) -}}
{{- end -}}
{{- $rules = concat $rules $named -}}
{{- if .namespaced -}}
  {{- range .root.Values.customResources -}}
    {{- $name := splitn "." 2 (ternary "*.*" . (eq . "*")) -}}
    {{- $rules = append $rules (dict "apiGroups" (list $name._1) "resources" (list $name._0) "verbs" $verbs) -}}
  {{- end -}}
{{- end -}}
{{- if and .clusterScoped .root.Values.rbac.clusterScoped (not (has "apiextensions.k8s.io" $groups)) -}}
  {{- $rules = append $rules (dict "apiGroups" (list "apiextensions.k8s.io") "resources" (list "customresourcedefinitions") "verbs" $verbs) -}}
{{- end -}}
{{- toYaml $rules -}}
{{- end -}}

{{- define "astrolabe.override.selector" -}}
app.kubernetes.io/name: astrolabe-override
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "astrolabe.override.labels" -}}
{{ include "astrolabe.override.selector" . }}
app.kubernetes.io/part-of: astrolabe
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "astrolabe.override.fullname" -}}
{{- include "astrolabe.fullname" . }}-override
{{- end -}}

{{- /* The image of a part that may have one of its own. Takes the chart's root, and `own`: that part's values. */ -}}
{{- define "astrolabe.ownImage" -}}
{{- $own := .own -}}
{{- with .root -}}
{{- $repository := $own.repository | default .Values.image.repository -}}
{{- if $own.digest -}}{{ $repository }}@{{ $own.digest }}
{{- else if $own.tag -}}{{ $repository }}:{{ $own.tag }}
{{- else if $own.repository -}}{{ $repository }}:{{ .Chart.AppVersion }}
{{- else -}}{{ include "astrolabe.image" . }}{{- end -}}
{{- end -}}
{{- end -}}

{{- define "astrolabe.override.secret" -}}
{{- with .Values.override -}}
{{- if and .existingSecret .externalSecret.enabled -}}
  {{- fail "override: give existingSecret or externalSecret, one of them" -}}
{{- else if not (or .existingSecret .externalSecret.enabled) -}}
  {{- fail "override: needs existingSecret, with audit-key and tokens, or externalSecret" -}}
{{- end -}}
{{- .existingSecret | default (include "astrolabe.override.fullname" $) -}}
{{- end -}}
{{- end -}}

{{- /* The service's settings file. Where files are and how the exporter is reached is written here alone. */ -}}
{{- define "astrolabe.override.settings" -}}
{{- $settings := deepCopy .Values.override.settings -}}
{{- if not $settings.environments }}{{ fail "override: settings.environments: there is none" }}{{ end -}}
{{- range list "rules" "audit_key_file" "tokens_file" "address" "in_cluster" -}}
  {{- if hasKey $settings . }}{{ fail (printf "override: settings.%s is the chart's to write" .) }}{{ end -}}
{{- end -}}
{{- $scheme := ternary "https" "http" (not (empty .Values.settings.tls_cert_file)) -}}
{{- $own := dict "rules" "/etc/astrolabe/rules.yaml" "audit_key_file" "/etc/astrolabe-secret/audit-key" "tokens_file" "/etc/astrolabe-secret/tokens" "address" "0.0.0.0" "in_cluster" true -}}
{{- $defaults := dict "database" "/var/lib/astrolabe/override.db" "exporter" (printf "%s://%s:%v" $scheme (include "astrolabe.fullname" .) .Values.service.port) "log_format" "json" -}}
{{- merge $own $settings $defaults | toYaml -}}
{{- end -}}

{{- /* {ports: [{name, port}]}: those that the settings open. */ -}}
{{- define "astrolabe.override.ports" -}}
{{- $settings := .Values.override.settings -}}
{{- $ports := list (dict "name" "api" "port" (int ($settings.port | default 8090))) (dict "name" "metrics" "port" (int ($settings.metrics_port | default 8091))) -}}
{{- with $settings.slack -}}
  {{- if .signing_secret_file }}{{ $ports = append $ports (dict "name" "slack" "port" (int (.port | default 8092))) }}{{ end -}}
{{- end -}}
{{- with $settings.webhooks }}{{ $ports = append $ports (dict "name" "webhooks" "port" (int (.port | default 8094))) }}{{ end -}}
{{- dict "ports" $ports | toYaml -}}
{{- end -}}

{{- /* Another name than the exporter's, whose Service, policies and budget would otherwise mean it as well. */ -}}
{{- define "astrolabe.export.selector" -}}
app.kubernetes.io/name: astrolabe-export
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "astrolabe.export.labels" -}}
{{ include "astrolabe.export.selector" . }}
app.kubernetes.io/part-of: astrolabe
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{/* Whether several Pods share the namespaces: then they are a StatefulSet. */}}
{{- define "astrolabe.byNamespace" -}}
{{- and (eq .Values.sharding.by "namespace") (gt (int .Values.shards) 1) -}}
{{- end }}
