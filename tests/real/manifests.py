"""Objects that tests apply."""

from __future__ import annotations

SECRET_CANARY = "c4nary-of-a-secret-0f9e8d7c"
CONFIG_CANARY = "c4nary-of-a-configmap-1a2b3c4d"


def web(*, replicas: int, image: str = "docker.io/library/nginx:1.29") -> str:
    """Return a web server as people write it: Deployment, Service, configuration and a Secret."""
    return f"""
apiVersion: v1
kind: ConfigMap
metadata: {{name: web-config}}
data:
  greeting: {CONFIG_CANARY}
---
apiVersion: v1
kind: Secret
metadata: {{name: web-secret}}
stringData:
  password: {SECRET_CANARY}
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec:
  selector: {{app: web}}
  ports: [{{port: 80}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
        - name: web
          image: {image}
          envFrom: [{{configMapRef: {{name: web-config}}}}]
          env:
            - name: PASSWORD
              valueFrom: {{secretKeyRef: {{name: web-secret, key: password}}}}
"""


GADGETS = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.tests.astrolabe.dev}
spec:
  group: tests.astrolabe.dev
  names: {kind: Gadget, plural: gadgets, singular: gadget, listKind: GadgetList}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


def gadget(name: str) -> str:
    """Return an object of the custom kind of `GADGETS`."""
    return f"""
apiVersion: tests.astrolabe.dev/v1
kind: Gadget
metadata: {{name: {name}}}
"""


def reader(namespace: str) -> str:
    """Return a ServiceAccount that may read everything in its namespace, and nothing elsewhere."""
    return f"""
apiVersion: v1
kind: ServiceAccount
metadata: {{name: reader}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: reader}}
rules:
  - apiGroups: ["*"]
    resources: ["*"]
    verbs: [get, list, watch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: reader}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}}
subjects: [{{kind: ServiceAccount, name: reader, namespace: {namespace}}}]
"""
