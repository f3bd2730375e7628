/*
 * Fields of PTHI's replies, as this simulator's side writes and reads them: little-endian, texts
 * with their length before them. Pure.
 */
#ifndef SIM_MEI_PTHI_FIELD_H
#define SIM_MEI_PTHI_FIELD_H

#include "core/buffer.h"

uint32_t sim_pthi_u32_le(const uint8_t at[4]);

void sim_pthi_put_zeros(struct buffer *out, size_t count);

/* `size` bytes: as much of the text as fits, and zeros. */
void sim_pthi_put_padded(struct buffer *out, struct slice text, size_t size);

/* A u16 for the size, and the text. */
void sim_pthi_put_text(struct buffer *out, struct slice text);

/* "192.0.2.7" as a number whose highest byte is the first; 0 for what is none. */
uint32_t sim_pthi_address_of(struct slice text);

#endif
