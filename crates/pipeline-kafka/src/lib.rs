//! pipeline-kafka
