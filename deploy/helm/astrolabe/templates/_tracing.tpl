{{- /* The environment of a container that traces, after POD_NAME. Takes root, the name of the container, and `kind`
and `name` of what its Pods belong to. */ -}}
{{- define "astrolabe.tracing.environment" -}}
{{- $owner := printf "k8s.%s.name=%s" .kind .name -}}
{{- $root := .root -}}
{{- $container := .container -}}
{{- with .root.Values.tracing -}}
{{- $said := list
  "k8s.namespace.name=$(POD_NAMESPACE)" $owner "k8s.pod.name=$(POD_NAME)" "k8s.pod.uid=$(POD_UID)"
  "k8s.node.name=$(NODE_NAME)" (printf "k8s.container.name=%s" $container)
  "service.namespace=$(POD_NAMESPACE)" (printf "service.instance.id=$(POD_NAMESPACE).$(POD_NAME).%s" $container) -}}
{{- with .clusterName }}{{ $said = append $said (printf "k8s.cluster.name=%s" (urlquery . | replace "+" "%20")) }}{{ end -}}
{{- range $name, $value := .resourceAttributes -}}
  {{- $said = append $said (printf "%s=%s" $name (urlquery $value | replace "+" "%20")) -}}
{{- end -}}
{{- range $name, $field := dict "POD_NAMESPACE" "metadata.namespace" "POD_UID" "metadata.uid" "NODE_NAME" "spec.nodeName" }}
- name: {{ $name }}
  valueFrom:
    fieldRef:
      fieldPath: {{ $field }}
{{- end }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .endpoint | quote }}
- name: OTEL_RESOURCE_ATTRIBUTES
  value: {{ join "," $said | quote }}
{{- with .sampler }}
- name: OTEL_TRACES_SAMPLER
  value: {{ . | quote }}
{{- end }}
{{- with .samplerArg }}
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ . | quote }}
{{- end }}
{{- with .existingSecret }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  valueFrom:
    secretKeyRef:
      name: {{ . }}
      key: {{ $root.Values.tracing.existingSecretKey }}
{{- end }}
{{- with .tls }}
{{- if .existingSecret }}
- name: OTEL_EXPORTER_OTLP_CERTIFICATE
  value: /etc/astrolabe-otel/ca.crt
{{- if .clientCertificate }}
- name: OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE
  value: /etc/astrolabe-otel/tls.crt
- name: OTEL_EXPORTER_OTLP_CLIENT_KEY
  value: /etc/astrolabe-otel/tls.key
{{- end }}
{{- else if .clientCertificate }}
{{- fail "tracing: tls.clientCertificate needs tls.existingSecret" }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* The port of the collector. */ -}}
{{- define "astrolabe.tracing.port" -}}
{{- $url := urlParse .Values.tracing.endpoint -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "443" "80" (eq $url.scheme "https")) -}}
{{- end -}}
