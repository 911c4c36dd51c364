//! pipeline-fjall
